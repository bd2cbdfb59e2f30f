package staterules

import (
	"math"
	"runtime"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
	"attnbench/internal/guard"
)

// scratch decodes in workspaces of zeros and of NaN, at another alignment.
func scratch(k *kit.Kit) {
	for i, c := range kit.Each(k, fewDecodings()) {
		numbers := k.Numbers(c.whole())
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		for _, o := range k.Options(1, 3) {
			f, zeroed := newFeed(k, c, o, numbers), newFeed(k, c, o, numbers)
			if f == nil || zeroed == nil {
				break
			}
			f.fence = guard.New("workspace", f.floats, 1)
			if zeroed.zeroed = true; !f.all(chunks) || !zeroed.all(chunks) {
				continue
			}
			for b, n := range c.lens {
				f.equals("a workspace of NaN and one of zeros", b, zeroed, b, n)
			}
			if f.s.Workspace() != f.floats {
				f.fail("Workspace was %d floats and is %d", f.floats, f.s.Workspace())
			}
		}
	}
}

// large are Problems of States so large that nothing else on the heap matters.
func large() []kit.Case {
	base := kit.Problem(1, 4, 4, 32, 8192, 24, 40)
	base.Mask = attn.Causal()
	list := []kit.Case{kit.Gaussian(base)}
	ring := base
	ring.QHeads, ring.KVHeads, ring.KVLen = 8, 8, 12000
	for _, ring.Mask = range []attn.Mask{attn.Window{Left: 1500}, mask.StreamingLLM(64, 1500)} {
		list = append(list, kit.Gaussian(ring))
	}
	folding := kit.Problem(1, 64, 64, 16, 64, 96, 128)
	folding.Mask, folding.Scale = attn.Causal(), attn.ScaleOf(0.1)
	for _, text := range []string{"linear:elu1", "linear:favor:512:1", "delta", "gated:dim"} {
		rule, err := attn.ParseRule(text)
		if err != nil {
			panic(err)
		}
		folding.Rule = rule
		list = append(list, kit.Gaussian(folding))
	}
	return list
}

// lengthBytes compares Bytes with the growth of the heap, when the State is new and when it
// is full.
func lengthBytes(k *kit.Kit) {
	for _, c := range kit.Each(k, large()) {
		if k.NewState(c, attn.Options{}) == nil { // so that what a variant makes once is made before
			continue
		}
		few := decoding{c, []int{32}}
		f := &feed{k: k, what: c.String(), c: few, a: k.Numbers(few.whole()), lens: []int{0}}
		x := chunk{n: []int{32}, rows: 32, append: true}
		a := f.of(x)
		for try := 1; ; try++ {
			bytes, made, filled := heapOf(k, c, a)
			if bytes == 0 {
				break
			}
			if k.Traits.OwnMemory || near(bytes, made) && near(bytes, filled) {
				break
			}
			if try == triesOfHeap { // something else allocates all the time, or Bytes is wrong
				k.Fail("%v: Bytes is %d; the heap grows by %d when the State is made and by %d until it is full. Count everything; or set Traits.OwnMemory if a library has buffers of its own", c, bytes, made, filled)
				break
			}
		}
	}
	for i, c := range kit.Each(k, fewDecodings()) {
		numbers := k.Numbers(c.whole())
		f := newFeed(k, c, attn.Options{}, numbers)
		if f == nil {
			continue
		}
		bytes := f.s.Bytes()
		if bytes <= 0 {
			f.fail("Bytes is %d", bytes)
		}
		f.all(mixed(c.P, zeros(c.P), c.lens, uint64(i), true))
		f.s.Truncate(0, 0)
		f.s.Reset(1)
		if f.lens = zeros(c.P); !f.counts("Truncate and Reset") {
			continue
		}
		if f.s.Bytes() != bytes {
			f.fail("Bytes was %d and is %d", bytes, f.s.Bytes())
		}
	}
}

const triesOfHeap = 6

// near reports whether two sizes are within 2 % of each other.
func near(x, y int64) bool { return math.Abs(float64(x-y)) <= 0.02*float64(y) }

// heapOf returns the Bytes of a State of c, and by how much the heap has grown after the
// State was made and after it was filled with a, over and over.
func heapOf(k *kit.Kit, c kit.Case, a attn.Args) (bytes, made, filled int64) {
	before := heap()
	s := k.NewState(c, attn.Options{})
	if s == nil {
		return 0, 0, 0
	}
	made = heap() - before
	for s.Len(0)+a.K.Shape[2] <= min(c.P.KVLen, 8192) {
		if err := s.Append(a, nil); err != nil {
			k.Fail("%v: Append at %d tokens: %v", c, s.Len(0), err)
			return 0, 0, 0
		}
	}
	filled = heap() - before
	bytes = s.Bytes()
	runtime.KeepAlive(s)
	return bytes, made, filled
}

// heap returns the bytes alive on the heap. Two collections empty every sync.Pool.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// steps counts the allocations of Extends by one token.
func steps(k *kit.Kit) {
	if k.Traits.Allocates {
		return
	}
	for _, c := range kit.Each(k, fewDecodings()) {
		for _, o := range k.Options(1, 2) {
			f := newFeed(k, c, o, k.Numbers(c.whole()))
			if f == nil {
				break
			}
			if !f.all(upTo(zeros(c.P), []int{30, 22}, 16, true)) {
				continue
			}
			a, ws := f.of(chunk{n: []int{1, 1}, rows: 1}), f.fence.Data()
			var err error
			step := func() {
				if e := f.s.Extend(a, nil, ws); e != nil {
					err = e
				}
			}
			k.Guarded(f.what+": Extend", func() {
				step()
				step()
				// A mean below 1 is the runtime's own, or a record made once for concurrent calls.
				if n := testing.AllocsPerRun(20, step); n >= 1 {
					f.fail("%d workers: %v allocations per Extend by one token. Make them in NewState, or set Traits.Allocates", o.Workers, n)
				}
			})
			if err != nil {
				f.fail("Extend by one token: %v", err)
			}
		}
	}
}
