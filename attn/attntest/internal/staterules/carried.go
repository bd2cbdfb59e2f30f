package staterules

import (
	"fmt"
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// carried moves sequences from a Forward to a State and back, where the State is an
// attn.CarriedState.
func carried(k *kit.Kit) {
	for i, c := range fewDecodings() {
		if c.P.Rule.Kind == attn.Softmax {
			continue
		}
		numbers := k.Numbers(c.whole())
		if c.P.Rule.Feature == attn.Favor && i%2 == 0 {
			numbers.Projection = attn.Packed(attn.FavorProjection(c.P.Rule.Features, c.P.HeadDim, 77), 1, 1, c.P.Rule.Features, c.P.HeadDim)
		}
		want := sync.OnceValue(func() []oracle.Expected { return c.expected(numbers) })
		for _, isa := range k.ISAs() {
			f := newFeed(k, c, attn.Options{ISA: isa, Workers: 2}, numbers)
			if f == nil {
				break
			}
			s, ok := f.s.(attn.CarriedState)
			if !ok {
				return
			}
			f.loads(s, want)
			f.stores(s, want)
			f.carriesWrongly(s)
		}
	}
}

// sums returns room for what is carried of a batch of entries, all NaN.
func (f *feed) sums(batch int) attn.Args {
	p := &f.c.P
	a := attn.Args{StateN: attn.Packed(kit.NaN(batch*p.KVHeads*p.Features()*p.ValueDim), batch, p.KVHeads, p.Features(), p.ValueDim)}
	if p.Rule.Kind == attn.Linear {
		a.NormN = attn.Packed(kit.NaN(batch*p.KVHeads*p.Features()), batch, p.KVHeads, 1, p.Features())
	}
	if p.Rule.Feature == attn.Favor {
		a.LogScaleN = kit.NaN(batch * p.KVHeads)
	}
	return a
}

// first turns what a Forward or Store left into what Load or a Forward starts from.
func first(a attn.Args) attn.Args {
	return attn.Args{State0: a.StateN, Norm0: a.NormN, LogScale0: a.LogScaleN}
}

// part returns the Problem and the tensors of rows [lo, hi) of batch entry b.
func (f *feed) part(b, lo, hi int) (attn.Problem, attn.Args) {
	p := f.c.whole().P
	p.Batch, p.QLen, p.KVLen, p.QueryStart, p.KVLens = 1, hi-lo, hi-lo, nil, nil
	a := attn.Args{Projection: f.a.Projection}
	for _, t := range [][2]*attn.Tensor{{&f.a.Q, &a.Q}, {&f.a.K, &a.K}, {&f.a.V, &a.V}, {&f.a.Out, &a.Out}, {&f.a.Decay, &a.Decay}, {&f.a.Beta, &a.Beta}} {
		if t[0].Data != nil {
			*t[1] = kit.Entry(*t[0], b).Rows(lo, hi)
		}
	}
	return p, a
}

// forward computes rows [lo, hi) of batch entry b from the sums of state, and writes those after
// them to next.
func (f *feed) forward(b, lo, hi int, state, next attn.Args) bool {
	p, a := f.part(b, lo, hi)
	a.State0, a.Norm0, a.LogScale0 = state.State0, state.Norm0, state.LogScale0
	a.StateN, a.NormN, a.LogScaleN = next.StateN, next.NormN, next.LogScaleN
	for i := lo; i < hi; i++ {
		f.outputs[b][i] = true
	}
	return f.k.Compute(f.c.With(p), attn.Options{}, a)
}

// loads seeds the State with what a Forward over the first tokens leaves: once from tensors of
// one entry, once from those of the batch.
func (f *feed) loads(s attn.CarriedState, want func() []oracle.Expected) {
	p := &f.c.P
	for _, whole := range []bool{false, true} {
		f.begin()
		batch := f.sums(p.Batch)
		for b, n := range f.c.lens {
			lens, left := n/2, f.sums(1)
			if !f.forward(b, 0, lens, attn.Args{}, left) {
				return
			}
			a := first(left)
			if whole {
				copy(kit.Entry(batch.StateN, b).Data, left.StateN.Data)
				if left.NormN.Data != nil {
					copy(kit.Entry(batch.NormN, b).Data, left.NormN.Data)
				}
				copy(batch.LogScaleN[min(len(batch.LogScaleN), b*p.KVHeads):], left.LogScaleN)
				a = first(batch)
			}
			a.Projection = f.a.Projection
			if err := s.Load(b, lens, a); err != nil {
				f.fail("Load(%d, %d): %v", b, lens, err)
				return
			}
			guard.Poison(left.StateN.Data) // what is loaded is copied
			f.lens[b] = lens
		}
		if f.counts("Load") && f.all(mixed(*p, f.lens, f.c.lens, 5, true)) {
			f.agrees(want())
		}
	}
}

// stores seeds Forwards with what the State holds after some tokens, which must go on as it was.
func (f *feed) stores(s attn.CarriedState, want func() []oracle.Expected) {
	p := &f.c.P
	f.begin()
	half := zeros(*p)
	for b, n := range f.c.lens {
		half[b] = n / 2
		if a := (attn.Args{Projection: f.a.Projection}); a.Projection.Data != nil {
			empty := first(f.sums(1))
			clear(empty.State0.Data)
			clear(empty.Norm0.Data)
			empty.LogScale0, empty.Projection = nil, a.Projection
			if err := s.Load(b, 0, empty); err != nil {
				f.fail("Load(%d, 0) of zeros: %v", b, err)
				return
			}
		}
	}
	if !f.all(upTo(f.lens, half, p.QLen, false)) {
		return
	}
	for b, n := range f.c.lens {
		left := f.sums(1)
		if err := s.Store(b, left); err != nil {
			f.fail("Store(%d): %v", b, err)
			return
		}
		if !f.forward(b, half[b], n, first(left), attn.Args{}) {
			return
		}
	}
	f.agrees(want())
	if f.all(upTo(half, f.c.lens, 3, false)) { // Store changes nothing
		f.agrees(want())
	}
}

// begin empties the State and forgets its output.
func (f *feed) begin() {
	for b := range f.lens {
		f.s.Reset(b)
		f.lens[b] = 0
		clear(f.outputs[b])
	}
	guard.Poison(f.a.Out.Data)
}

// carriesWrongly calls Load and Store wrongly, which must change nothing.
func (f *feed) carriesWrongly(s attn.CarriedState) {
	p := &f.c.P
	f.begin()
	if !f.all([]chunk{{n: slices.Repeat([]int{2}, p.Batch), rows: 2}}) {
		return
	}
	before := f.sums(1)
	if err := s.Store(0, before); err != nil {
		f.fail("Store: %v", err)
		return
	}
	load := func(what string, b, length int, spoil func(a *attn.Args)) {
		a := first(before)
		spoil(&a)
		if err := s.Load(b, length, a); err == nil {
			f.fail("Load of %s is no error", what)
		}
	}
	store := func(what string, b int, spoil func(a *attn.Args)) {
		a := f.sums(1)
		spoil(&a)
		if err := s.Store(b, a); err == nil {
			f.fail("Store to %s is no error", what)
		}
	}
	as := func(*attn.Args) {}
	other := attn.NewTensor(1, p.KVHeads, p.Features()+1, p.ValueDim)
	load("-1 tokens", 0, -1, as)
	load("more tokens than the capacity", 0, p.KVLen+1, as)
	load("a batch entry that is none", p.Batch, 1, as)
	load("no State0", 0, 1, func(a *attn.Args) { a.State0 = attn.Tensor{} })
	load("a State0 of another shape", 0, 1, func(a *attn.Args) { a.State0 = other })
	load("a State0 that is too short", 0, 1, func(a *attn.Args) { a.State0.Data = a.State0.Data[1:] })
	store("a batch entry that is none", -1, as)
	store("no StateN", 0, func(a *attn.Args) { a.StateN = attn.Tensor{} })
	store("a StateN of another shape", 0, func(a *attn.Args) { a.StateN = other })
	store("a StateN whose rows are one", 0, func(a *attn.Args) { a.StateN.Stride[2] = 0 })
	if p.Rule.Kind == attn.Linear {
		load("no Norm0", 0, 1, func(a *attn.Args) { a.Norm0 = attn.Tensor{} })
		store("no NormN", 0, func(a *attn.Args) { a.NormN = attn.Tensor{} })
		store("NormN in StateN", 0, func(a *attn.Args) { a.NormN.Data = a.StateN.Data })
	} else {
		load("a Norm0", 0, 1, func(a *attn.Args) { a.Norm0 = attn.NewTensor(1, p.KVHeads, 1, p.Features()) })
	}
	if p.Rule.Feature == attn.Favor {
		load("a LogScale0 of another length", 0, 1, func(a *attn.Args) { a.LogScale0 = make([]float32, p.KVHeads+1) })
		load("a LogScale0 of NaN", 0, 1, func(a *attn.Args) { a.LogScale0 = kit.NaN(p.KVHeads) })
		load("a Projection of another shape", 0, 1, func(a *attn.Args) { a.Projection = attn.NewTensor(1, 1, p.Features(), p.HeadDim+1) })
	} else {
		load("a LogScale0", 0, 1, func(a *attn.Args) { a.LogScale0 = make([]float32, p.KVHeads) })
	}
	after := f.sums(1)
	if err := s.Store(0, after); err != nil {
		f.fail("Store: %v", err)
		return
	}
	if _, same := guard.Same(before.StateN.Data, after.StateN.Data); !same {
		f.fail("Load and Store that were refused changed what the State holds")
	}
	f.counts(fmt.Sprintf("Load and Store that were refused, with %d tokens", 2))
}
