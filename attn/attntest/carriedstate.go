package attntest

import (
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// states runs a Forward over the first rows and keys of a sequence, and another over the
// rest, from the state that the first leaves.
func states(k *kit.Kit) {
	var list []attn.Problem
	for _, base := range []attn.Problem{kit.Problem(2, 4, 2, 41, 41, 9, 6), kit.Problem(1, 2, 1, 41, 41, 16, 33)} {
		base.Mask = attn.Causal()
		list = append(append(list, kit.Recurrent(base)...), kit.Linears(base)...)
	}
	for _, p := range kit.Each(k, list) {
		c := kit.Gaussian(p)
		numbers := k.Numbers(c)
		want := sync.OnceValue(func() []oracle.Expected { return expected(c, numbers) })
		for _, isa := range k.ISAs() {
			for _, cut := range []int{1, 8, 23, 40} {
				a := kit.WithOut(p, numbers)
				if inTwo(k, c, attn.Options{ISA: isa, Workers: 2}, a, cut, cut != 23) {
					agrees(k, c, isa, a, want())
				}
			}
		}
	}
}

// inTwo fills a.Out by two Forwards. The state that goes from one to the other lies between
// fences, with gaps after its rows; the second Forward must not change it. The state of FAVOR+
// comes with the logarithm of its scale, or without.
func inTwo(k *kit.Kit, c kit.Case, o attn.Options, a attn.Args, cut int, scaled bool) bool {
	state, fence := kit.Scattered("state", attn.NewTensor(c.P.Batch, c.P.KVHeads, c.P.Features(), c.P.ValueDim), 1)
	guard.Poison(state.Data)
	var norm attn.Tensor
	if c.P.Rule.Kind == attn.Linear {
		norm = attn.NewTensor(c.P.Batch, c.P.KVHeads, 1, c.P.Features())
		guard.Poison(norm.Data)
	}
	var scale []float32
	if c.P.Rule.Feature == attn.Favor && scaled {
		scale = kit.NaN(c.P.Batch * c.P.KVHeads)
	}
	first, b := segment(c, a, 0, cut)
	b.StateN, b.NormN, b.LogScaleN = state, norm, scale
	if !k.Compute(first, o, b) {
		return false
	}
	if slices.ContainsFunc(scale, kit.IsNaN) {
		k.Fail("%v set %q: LogScaleN is %v", first, o.ISA, scale)
		return false
	}
	left, leftNorm := kit.Clone(state), kit.Clone(norm)
	second, b := segment(c, a, cut, c.P.QLen)
	b.State0, b.Norm0, b.LogScale0 = state, norm, scale
	if !k.Compute(second, o, b) {
		return false
	}
	if at, same := guard.Same(left.Data, state.Data); !same {
		k.Fail("%v set %q: element %d of State0 was changed", second, o.ISA, at)
	}
	if at, same := guard.Same(leftNorm.Data, norm.Data); !same {
		k.Fail("%v set %q: element %d of Norm0 was changed", second, o.ISA, at)
	}
	if err := fence.Check(); err != nil {
		k.Fail("%v set %q: %v", c, o.ISA, err)
	}
	return true
}

// segment returns the rows and keys [lo, hi) of c and a.
func segment(c kit.Case, a attn.Args, lo, hi int) (kit.Case, attn.Args) {
	c.P.QLen, c.P.KVLen = hi-lo, hi-lo
	for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Decay, &a.Beta} {
		if t.Data != nil {
			*t = t.Rows(lo, hi)
		}
	}
	return c, a
}
