package staterules

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// twoStates feeds two States of one variant at the same time.
func twoStates(k *kit.Kit) {
	for i, c := range kit.Each(k, fewDecodings()) {
		numbers := []attn.Args{k.Numbers(c.whole()), otherNumbers(c)}
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		for _, isa := range k.ISAs() {
			o := attn.Options{ISA: isa, Workers: 2}
			var alone, both [2]*feed
			for j, a := range numbers {
				alone[j], both[j] = newFeed(k, c, o, a), newFeed(k, c, o, a)
			}
			if alone[0] == nil || alone[1] == nil || both[0] == nil || both[1] == nil || !alone[0].all(chunks) || !alone[1].all(chunks) {
				break
			}
			inStep(k, both, chunks)
			for j := range both {
				for b, n := range c.lens {
					alone[j].equals("alone and beside another State", b, both[j], b, n)
				}
			}
		}
	}
}

// inStep gives each chunk to both feeds at the same time, each in a goroutine of its own.
func inStep(k *kit.Kit, feeds [2]*feed, chunks []chunk) {
	var own [2]kit.Kit // violations must not race
	for j, f := range feeds {
		own[j] = *kit.New(k.Variant)
		f.k = &own[j]
	}
	for _, x := range chunks {
		done := make(chan bool, len(feeds))
		for _, f := range feeds {
			go func() { done <- f.take(x) }()
		}
		first, second := <-done, <-done
		if !first || !second {
			break
		}
	}
	for j, f := range feeds {
		k.Take(&own[j])
		f.k = k
	}
}

// entries feeds the entries of a batch together, and each alone.
func entries(k *kit.Kit) {
	list := fewDecodings()
	for i, c := range kit.Each(k, append(list, longDecodings()...)) {
		numbers := k.Numbers(c.whole())
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		if i >= len(list) {
			chunks = longChunks(c)
		}
		for _, isa := range k.ISAs() {
			o := attn.Options{ISA: isa, Workers: 2}
			f := newFeed(k, c, o, numbers)
			if f == nil || !f.all(chunks) {
				break
			}
			for b, n := range c.lens {
				single := c
				single.P.Batch, single.lens = 1, []int{n}
				g := newFeed(k, single, o, attn.Args{
					Q: kit.Entry(numbers.Q, b), K: kit.Entry(numbers.K, b), V: kit.Entry(numbers.V, b),
					Decay: kit.Entry(numbers.Decay, b), Beta: kit.Entry(numbers.Beta, b),
				})
				if g == nil || !g.all(ofEntry(chunks, b)) {
					break
				}
				f.equals(fmt.Sprintf("entry %d in its batch and alone", b), b, g, 0, n)
			}
		}
	}
}

// longChunks append most of a long sequence, and end with an Extend and single steps.
func longChunks(c decoding) []chunk {
	ends := make([]int, len(c.lens))
	for b, n := range c.lens {
		ends[b] = n - 20
	}
	middle := make([]int, len(c.lens))
	for b, n := range c.lens {
		middle[b] = n - 3
	}
	list := append(upTo(zeros(c.P), ends, 4000, true), upTo(ends, middle, c.P.QLen, false)...)
	return append(list, upTo(middle, c.lens, 1, false)...)
}

// ofEntry returns what chunks take of one entry.
func ofEntry(chunks []chunk, b int) []chunk {
	var list []chunk
	for _, x := range chunks {
		if n := x.n[b]; n > 0 {
			list = append(list, chunk{[]int{n}, n, x.append})
		}
	}
	return list
}

// decodeWorkers decodes with several numbers of workers, and with a pool that runs the parts
// backwards.
func decodeWorkers(k *kit.Kit) {
	used := &kit.Backwards{}
	list := fewDecodings()
	for i, c := range kit.Each(k, append(list, longDecodings()...)) {
		numbers := k.Numbers(c.whole())
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		if i >= len(list) {
			chunks = longChunks(c)
		}
		for _, isa := range k.ISAs() {
			f := newFeed(k, c, attn.Options{ISA: isa}, numbers)
			if f == nil || !f.all(chunks) {
				break
			}
			for _, o := range []attn.Options{{ISA: isa, Workers: 2}, {ISA: isa, Workers: 5}, {ISA: isa, Workers: 64}, {ISA: isa, Workers: 3, Pool: used}} {
				if g := newFeed(k, c, o, numbers); g != nil && g.all(chunks) {
					for b, n := range c.lens {
						f.equals(fmt.Sprintf("1 worker and %d", o.Workers), b, g, b, n)
					}
				}
			}
		}
	}
	used.Used(k)
}

// decodeViews feeds packed chunks, and strided and misaligned ones between fences.
func decodeViews(k *kit.Kit) {
	for i, c := range kit.Each(k, fewDecodings()) {
		numbers := k.Numbers(c.whole())
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		for _, isa := range k.ISAs() {
			f := newFeed(k, c, attn.Options{ISA: isa}, numbers)
			if f == nil || !f.all(chunks) {
				break
			}
			for shift := range 4 {
				g := newFeed(k, c, attn.Options{ISA: isa}, numbers)
				if g == nil {
					break
				}
				if g.shift = shift; g.all(chunks) {
					for b, n := range c.lens {
						f.equals("packed and strided chunks", b, g, b, n)
					}
				}
			}
		}
	}
}
