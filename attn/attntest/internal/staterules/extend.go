package staterules

import (
	"fmt"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
	"attnbench/internal/oracle"
)

// compareWithWhole feeds c by every cut on every kernel set, and compares the output with
// one Forward over the whole.
func compareWithWhole(k *kit.Kit, c decoding, o attn.Options, cuts ...cut) {
	numbers := k.Numbers(c.whole())
	want := func() []oracle.Expected {
		return kit.Remembered(c.whole(), fmt.Sprintf("%d rows", decodedRows), func() []oracle.Expected { return c.expected(numbers) })
	}
	for _, o.ISA = range k.ISAs() {
		for _, cut := range cuts {
			f := newFeed(k, c, o, numbers)
			if f == nil {
				return
			}
			if f.what += ", " + cut.name; f.all(cut.chunks) {
				f.agrees(want())
			}
		}
	}
}

func extend(k *kit.Kit) {
	for i, c := range kit.Each(k, decodings()) {
		compareWithWhole(k, c, attn.Options{Workers: 2}, c.cuts(uint64(10*i))...)
		withoutLSE(k, c)
	}
	// Single steps around key 4096, where split-KV cuts, and chunks past key 8192.
	for _, c := range kit.Each(k, longDecodings()) {
		none := zeros(c.P)
		before, past := []int{4090, 0}, []int{4100, 45}
		chunks := append(upTo(none, before, 4090, true), upTo(before, past, 1, false)...)
		chunks = append(chunks, upTo(past, []int{8180, 100}, 999, true)...)
		chunks = append(chunks, upTo([]int{8180, 100}, c.lens, 48, false)...)
		compareOutputRows(k, c, chunks)
	}
}

// compareOutputRows is compareWithWhole of one cut. Most tokens are appended, so it asks the
// oracle only for rows that the State outputs.
func compareOutputRows(k *kit.Kit, c decoding, chunks []chunk) {
	numbers := k.Numbers(c.whole())
	p := c.whole().P
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
	for _, isa := range k.ISAs() {
		f := newFeed(k, c, attn.Options{ISA: isa, Workers: 2}, numbers)
		if f == nil {
			return
		}
		if f.all(chunks) {
			f.agrees(want())
		}
	}
}

// withoutLSE extends c with and without an LSE, which must give the same bits.
func withoutLSE(k *kit.Kit, c decoding) {
	if c.P.Rule.Kind != attn.Softmax {
		return
	}
	numbers, chunks := k.Numbers(c.whole()), upTo(zeros(c.P), c.lens, c.P.QLen, false)
	for _, isa := range k.ISAs() {
		f, g := newFeed(k, c, attn.Options{ISA: isa}, numbers), newFeed(k, c, attn.Options{ISA: isa}, numbers)
		if f == nil || g == nil {
			return
		}
		g.noLSE = true
		if f.all(chunks) && g.all(chunks) {
			for b := range c.P.Batch {
				f.equals("with and without LSE", b, g, b, c.lens[b])
			}
		}
	}
}

func appending(k *kit.Kit) {
	for _, c := range kit.Each(k, decodings()) {
		if c.lens[0] < 30 {
			continue
		}
		none, half := zeros(c.P), zeros(c.P)
		for b, n := range c.lens {
			half[b] = n / (2 + b)
		}
		compareWithWhole(k, c, attn.Options{},
			cut{"all but the last tokens appended at once", append(upTo(none, half, c.P.KVLen, true), upTo(half, c.lens, c.P.QLen, false)...)},
			cut{"tokens appended one by one", append(upTo(none, half, 1, true), upTo(half, c.lens, 1, false)...)},
			cut{"steps, and tokens appended between them", stepsAndAppends(c)},
		)
	}
}

// stepsAndAppends extends by 3 tokens, appends 5, and so on.
func stepsAndAppends(c decoding) []chunk {
	var list []chunk
	for at, i := zeros(c.P), 0; ; i++ {
		sizes := [2]int{min(3, c.P.QLen), 5}
		x := chunk{n: zeros(c.P), append: i%2 == 1}
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

// UnderMask is the rule extend under m, where a State may have such a mask.
func UnderMask(k *kit.Kit, m mask.Mask) {
	p := kit.Problem(2, 4, 2, 24, 90, 9, 6)
	p.Mask = m
	if _, ok := k.Variant.(attn.Decoder); !ok || p.ValidateState() != nil {
		return
	}
	c := decoding{kit.Gaussian(p), []int{90, 41}}
	compareWithWhole(k, c, attn.Options{Workers: 2}, c.cuts(1)...)
}
