package staterules

import (
	"fmt"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// feed gives the tokens of a whole sequence to a State chunk by chunk, and gathers the
// output in tensors of the whole.
type feed struct {
	k    *kit.Kit
	what string
	c    decoding
	s    attn.State
	a    attn.Args // the whole; Out and LSE are NaN where the State has output no row

	lens    []int    // [Batch] tokens taken
	outputs [][]bool // [Batch][token] whether the State output its row

	shift  int  // of the strided, misaligned views that chunks are; -1: packed
	noLSE  bool // leave the LSE of softmax rules out
	zeroed bool // a workspace of zeros instead of NaN
	fence  *guard.Buffer
	floats int
}

// newFeed makes a State for c; nil where it is unsupported or refused.
func newFeed(k *kit.Kit, c decoding, o attn.Options, numbers attn.Args) *feed {
	s := k.NewState(c.Case, o)
	if s == nil {
		return nil
	}
	p := c.whole().P
	f := &feed{k: k, what: fmt.Sprintf("%v set %q", c, o.ISA), c: c, s: s, a: kit.WithOut(p, numbers), lens: make([]int, p.Batch), shift: -1}
	if p.Rule.Kind == attn.Softmax {
		f.a.LSE = kit.NaN(p.Batch * p.QHeads * p.QLen)
	}
	for range p.Batch {
		f.outputs = append(f.outputs, make([]bool, p.QLen))
	}
	f.floats = s.Workspace()
	f.fence = guard.New("workspace", f.floats, 0)
	return f
}

func (f *feed) fail(format string, args ...any) {
	f.k.Fail("%s: %s", f.what, fmt.Sprintf(format, args...))
}

// of returns the tokens of x, which follow those taken. Rows past n[b] are NaN, and so is
// Out.
func (f *feed) of(x chunk) attn.Args {
	gather := func(t attn.Tensor) attn.Tensor {
		if t.Data == nil {
			return t
		}
		part := attn.NewTensor(t.Shape[0], t.Shape[1], x.rows, t.Shape[3])
		guard.Poison(part.Data)
		for b, n := range x.n {
			for h := range t.Shape[1] {
				for i := range n {
					copy(part.Row(b, h, i), t.Row(b, h, f.lens[b]+i))
				}
			}
		}
		return part
	}
	p := &f.c.P
	a := attn.Args{K: gather(f.a.K), V: gather(f.a.V), Decay: gather(f.a.Decay), Beta: gather(f.a.Beta)}
	if x.append {
		return a
	}
	a.Q, a.Out = gather(f.a.Q), attn.Packed(kit.NaN(p.Batch*p.QHeads*x.rows*p.ValueDim), p.Batch, p.QHeads, x.rows, p.ValueDim)
	if f.a.LSE != nil && !f.noLSE {
		a.LSE = kit.NaN(p.Batch * p.QHeads * x.rows)
	}
	return a
}

// take gives the State the tokens of x.
func (f *feed) take(x chunk) bool {
	a, list := f.of(x), x.n
	if slices.Min(list) == x.rows {
		list = nil
	}
	var fences []*guard.Buffer
	if f.shift >= 0 {
		a, fences = kit.Spread(a, f.shift)
	}
	inputs := []attn.Tensor{a.Q, a.K, a.V, a.Decay, a.Beta}
	var before []attn.Tensor
	for _, t := range inputs {
		before = append(before, kit.Clone(t))
	}
	if guard.Poison(f.fence.Data()); f.zeroed {
		clear(f.fence.Data())
	}
	var err error
	if !f.k.Guarded(fmt.Sprintf("%s: %v", f.what, x), func() { err = f.call(x, a, list) }) {
		return false
	}
	if err != nil {
		f.fail("%v after %v tokens: %v", x, f.lens, err)
		return false
	}
	for i, name := range []string{"Q", "K", "V", "Decay", "Beta"} {
		if at, same := guard.Same(before[i].Data, inputs[i].Data); !same {
			f.fail("%v: element %d of %s was changed", x, at, name)
		}
	}
	for _, fence := range append(fences, f.fence) {
		if err := fence.Check(); err != nil {
			f.fail("%v: %v", x, err)
		}
	}
	return f.gather(x, a)
}

func (f *feed) call(x chunk, a attn.Args, list []int) error {
	if x.append {
		return f.s.Append(a, list)
	}
	return f.s.Extend(a, list, f.fence.Data())
}

// gather counts the tokens of x as taken, copies the output rows into the whole, and notes
// rows past n[b] that were written.
func (f *feed) gather(x chunk, a attn.Args) bool {
	p := &f.c.P
	untouched, whole := kit.NaN(p.ValueDim), f.a.Out.Shape[2]
	for b, n := range x.n {
		for i := range n {
			f.outputs[b][f.lens[b]+i] = !x.append
		}
		for h := range p.QHeads {
			for i := 0; !x.append && i < x.rows; i++ {
				at := (b*p.QHeads+h)*x.rows + i
				if i < n {
					copy(f.a.Out.Row(b, h, f.lens[b]+i), a.Out.Row(b, h, i))
					if a.LSE != nil {
						f.a.LSE[(b*p.QHeads+h)*whole+f.lens[b]+i] = a.LSE[at]
					}
					continue
				}
				if _, same := guard.Same(untouched, a.Out.Row(b, h, i)); !same {
					f.fail("%v: batch %d head %d: row %d of Out was written", x, b, h, i)
					return false
				}
				if a.LSE != nil && !kit.IsNaN(a.LSE[at]) {
					f.fail("%v: batch %d head %d: row %d of LSE was written", x, b, h, i)
					return false
				}
			}
		}
		f.lens[b] += n
	}
	return f.counts(x)
}

// counts notes where Len is not the number of tokens taken.
func (f *feed) counts(what any) bool {
	for b, n := range f.lens {
		if got := f.s.Len(b); got != n {
			f.fail("after %v Len(%d) is %d: want %d", what, b, got, n)
			return false
		}
	}
	return true
}

// all gives the State one chunk after the other.
func (f *feed) all(chunks []chunk) bool {
	for _, x := range chunks {
		if !f.take(x) {
			return false
		}
	}
	return true
}

// agrees compares the rows that the State output with what is expected of the whole.
func (f *feed) agrees(want []oracle.Expected) {
	p := f.c.whole().P
	output := slices.DeleteFunc(slices.Clone(want), func(e oracle.Expected) bool { return !f.outputs[e.Row.B][e.Row.I] })
	lse := f.a.LSE
	if f.noLSE {
		lse = nil
	}
	if v := oracle.Compare(&p, output, f.a.Out, lse); v.First != "" {
		f.fail("%s (%.3g times its budget)", v.First, v.Worst)
	}
}

// equals compares the first rows of f's batch entry b with those of g's batch entry c, bit
// for bit.
func (f *feed) equals(what string, b int, g *feed, c, rows int) {
	x, y := kit.Entry(f.a.Out, b), kit.Entry(g.a.Out, c)
	f.k.Same(f.c.Case, f.what+": "+what, kit.Numbers{P: f.c.whole().P, A: f.a, Entry: b}, x.Rows(0, rows), y.Rows(0, rows))
	if f.a.LSE == nil || f.noLSE || g.noLSE || f.k.Rounds() {
		return
	}
	heads := f.c.P.QHeads
	for h := range heads {
		from, to := (b*heads+h)*x.Shape[2], (c*heads+h)*y.Shape[2]
		if at, same := guard.Same(f.a.LSE[from:from+rows], g.a.LSE[to:to+rows]); !same {
			f.fail("%s: batch %d head %d row %d: lse is %v and %v", what, b, h, at, f.a.LSE[from+at], g.a.LSE[to+at])
			return
		}
	}
}
