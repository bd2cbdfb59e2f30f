package staterules

import (
	"fmt"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// history is a feed that knows only the sequences so far. Every token that they take is a
// new one.
type history struct {
	*feed
	supply attn.Args // the tokens, three times the capacity
	taken  []int     // [Batch] tokens taken of the supply
}

// newHistory makes a State for c; nil where it is unsupported or refused.
func newHistory(k *kit.Kit, c invent.Case, isa string) *history {
	d := decoding{c.Case, make([]int, c.P.Batch)}
	for b := range d.lens {
		d.lens[b] = c.P.KVLen
	}
	p := d.whole().P
	f := newFeed(k, d, attn.Options{ISA: isa, Workers: c.Workers}, emptied(p, c.Profile))
	if f == nil {
		return nil
	}
	f.shift = c.Shift
	p.QLen, p.KVLen = 3*p.KVLen, 3*p.KVLen
	return &history{f, kit.Inputs(p, c.Profile, kit.Seed), make([]int, p.Batch)}
}

// emptied returns inputs of NaN.
func emptied(p attn.Problem, profile string) attn.Args {
	a := kit.Inputs(p, profile, kit.Seed)
	for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Decay, &a.Beta} {
		guard.Poison(t.Data)
	}
	return a
}

// step makes the next call; false where the history ends.
func (h *history) step(s invent.Source) bool {
	b := s.Upto(h.c.P.Batch - 1)
	switch s.Upto(9) {
	case 4, 5:
		return h.takeNew(s, false, 1)
	case 6, 7:
		return h.takeNew(s, true, min(3*h.c.P.QLen, 255))
	case 8:
		keep := slices.Clone(h.lens)
		keep[b] = s.Upto(min(h.lens[b], 255))
		h.note("Truncate(%d, %d)", b, keep[b])
		_, ok := h.truncate(keep)
		return ok
	case 9:
		h.note("Reset(%d)", b)
		if !h.k.Guarded(h.what, func() { h.s.Reset(b) }) {
			return false
		}
		h.lens[b] = 0
		return h.counts("Reset")
	}
	return h.takeNew(s, false, h.c.P.QLen)
}

// note adds a call to the name of the history, which violations begin with.
func (h *history) note(format string, args ...any) {
	h.what += ", " + fmt.Sprintf(format, args...)
}

// takeNew takes up to longest new tokens of every entry. The State must refuse more than the
// capacity; the history then goes on without the call.
func (h *history) takeNew(s invent.Source, append bool, longest int) bool {
	x := chunk{n: zeros(h.c.P), append: append}
	for b := range x.n {
		x.n[b] = s.Upto(longest)
	}
	x.rows = max(1, slices.Max(x.n))
	fits := slices.Max(x.n) > 0
	for b, n := range x.n {
		if h.taken[b]+n > h.supply.K.Shape[2] {
			return false
		}
		fits = fits && h.lens[b]+n <= h.c.P.KVLen
	}
	if h.note("%v", x); !fits {
		return h.refuses(x)
	}
	for _, t := range []struct{ into, from *attn.Tensor }{
		{&h.a.Q, &h.supply.Q}, {&h.a.K, &h.supply.K}, {&h.a.V, &h.supply.V}, {&h.a.Decay, &h.supply.Decay}, {&h.a.Beta, &h.supply.Beta},
	} {
		for b, n := range x.n {
			for head := 0; t.into.Data != nil && head < t.into.Shape[1]; head++ {
				for i := range n {
					copy(t.into.Row(b, head, h.lens[b]+i), t.from.Row(b, head, h.taken[b]+i))
				}
			}
		}
	}
	before := slices.Clone(h.lens)
	if !h.take(x) {
		return false
	}
	for b, n := range x.n {
		h.taken[b] += n
	}
	return append || h.outputsAre(x, before)
}

// refuses makes the call x, which the State must refuse.
func (h *history) refuses(x chunk) bool {
	lens, some := h.lens, chunk{zeros(h.c.P), x.rows, x.append}
	for b, n := range x.n {
		some.n[b] = min(n, h.c.P.KVLen)
	}
	h.lens = zeros(h.c.P)
	a := h.of(some)
	h.lens = lens
	var err error
	if !h.k.Guarded(fmt.Sprintf("%s: %v", h.what, x), func() { err = h.call(x, a, x.n) }) {
		return false
	}
	if err == nil {
		h.fail("%v after %v tokens is no error: the capacity is %d", x, lens, h.c.P.KVLen)
	}
	h.untouched(x, a)
	return h.counts(x) && err != nil
}

// rowsOfAChunk is the number of rows of an invented chunk that the oracle evaluates at most.
const rowsOfAChunk = 6

// outputsAre compares some output rows of x with what the oracle computes from the sequences
// after x. They are few, since a row of a recurrent rule takes the oracle through all tokens.
func (h *history) outputsAre(x chunk, before []int) bool {
	p := h.c.whole().P
	p.KVLens = h.lens
	chunk := p
	chunk.QLen = x.rows
	var rows []oracle.Row
	for _, r := range oracle.Sample(&chunk, 4*rowsOfAChunk, kit.Seed) {
		if r.I < x.n[r.B] && len(rows) < rowsOfAChunk {
			r.I += before[r.B]
			rows = append(rows, r)
		}
	}
	failed := len(h.k.Violations)
	h.agrees(oracle.ExpectAll(p, h.a, rows))
	return len(h.k.Violations) == failed
}
