package attntest

import (
	"sync"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// heldAgainstWhole feeds c by every cut on every kernel set.
func (k *kit) heldAgainstWhole(c decoding, o attn.Options, cuts ...cut) {
	numbers := k.numbers(c.whole())
	want := sync.OnceValue(func() []oracle.Expected { return c.expected(numbers) })
	for _, o.ISA = range k.isas() {
		for _, cut := range cuts {
			f := k.feed(c, o, numbers)
			if f == nil {
				return
			}
			if f.what += ", " + cut.name; f.all(cut.chunks) {
				f.agrees(want())
			}
		}
	}
}

func extend(k *kit) {
	for i, c := range decodings() {
		k.heldAgainstWhole(c, attn.Options{Workers: 2}, c.cuts(uint64(10*i))...)
		k.withoutLSE(c)
	}
	// Around every 4096th key, and past the second.
	for _, c := range longDecodings() {
		none := zeros(c.p)
		before, past := []int{4090, 0}, []int{4100, 45}
		chunks := append(upTo(none, before, 4090, true), upTo(before, past, 1, false)...)
		chunks = append(chunks, upTo(past, []int{8180, 100}, 999, true)...)
		chunks = append(chunks, upTo([]int{8180, 100}, c.lens, 48, false)...)
		k.heldWhereOutput(c, chunks)
	}
}

// heldWhereOutput is heldAgainstWhole of one cut, most of which is appended: it asks the
// oracle only for rows that the State outputs.
func (k *kit) heldWhereOutput(c decoding, chunks []chunk) {
	numbers := k.numbers(c.whole())
	p := c.whole().p
	var rows []oracle.Row
	at := zeros(p)
	for _, x := range chunks {
		for b, n := range x.n {
			for i := 0; i < n && !x.append; i += 1 + n/3 {
				rows = append(rows, oracle.Row{B: b, H: (at[b] + i) % p.QHeads, I: at[b] + i})
			}
			at[b] += n
		}
	}
	want := sync.OnceValue(func() []oracle.Expected { return oracle.ExpectAll(p, numbers, rows) })
	for _, isa := range k.isas() {
		f := k.feed(c, attn.Options{ISA: isa, Workers: 2}, numbers)
		if f == nil {
			return
		}
		if f.all(chunks) {
			f.agrees(want())
		}
	}
}

// withoutLSE extends c with and without an LSE, to the same bits.
func (k *kit) withoutLSE(c decoding) {
	if c.p.Rule.Kind != attn.Softmax {
		return
	}
	numbers, chunks := k.numbers(c.whole()), upTo(zeros(c.p), c.lens, c.p.QLen, false)
	for _, isa := range k.isas() {
		f, g := k.feed(c, attn.Options{ISA: isa}, numbers), k.feed(c, attn.Options{ISA: isa}, numbers)
		if f == nil || g == nil {
			return
		}
		g.noLSE = true
		if f.all(chunks) && g.all(chunks) {
			for b := range c.p.Batch {
				f.equals("with and without LSE", b, g, b, c.lens[b])
			}
		}
	}
}

func appending(k *kit) {
	for _, c := range decodings() {
		if c.lens[0] < 30 {
			continue
		}
		none, half := zeros(c.p), zeros(c.p)
		for b, n := range c.lens {
			half[b] = n / (2 + b)
		}
		k.heldAgainstWhole(c, attn.Options{},
			cut{"all but the last tokens appended at once", append(upTo(none, half, c.p.KVLen, true), upTo(half, c.lens, c.p.QLen, false)...)},
			cut{"tokens appended one by one", append(upTo(none, half, 1, true), upTo(half, c.lens, 1, false)...)},
			cut{"steps, and tokens appended between them", between3(c)},
		)
	}
}

// between3 extends by 3 tokens, appends 5, and so on.
func between3(c decoding) []chunk {
	var list []chunk
	for at, i := zeros(c.p), 0; ; i++ {
		sizes := [2]int{min(3, c.p.QLen), 5}
		x := chunk{n: zeros(c.p), append: i%2 == 1}
		for b := range at {
			x.n[b] = min(sizes[i%2], c.lens[b]-at[b])
			at[b] += x.n[b]
			x.rows = max(x.rows, x.n[b])
		}
		if x.rows == 0 {
			return list
		}
		list = append(list, x)
	}
}
