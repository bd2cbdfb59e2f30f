package attntest

import (
	"sync"

	"attnbench/attn"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// states runs the first rows and keys of a sequence, and the others from the state
// that they leave.
func states(k *kit) {
	for _, base := range []attn.Problem{problem(2, 4, 2, 41, 41, 9, 6), problem(1, 2, 1, 41, 41, 16, 33)} {
		base.Mask = attn.Causal()
		for _, p := range append(recurrent(base), linears(base)...) {
			c := testCase{p, "gaussian"}
			numbers := k.numbers(c)
			want := sync.OnceValue(func() []oracle.Expected { return expected(c, numbers) })
			for _, isa := range k.isas() {
				for _, cut := range []int{1, 8, 23, 40} {
					a := withOut(p, numbers)
					if k.inTwo(c, attn.Options{ISA: isa, Workers: 2}, a, cut) {
						k.agrees(c, isa, a, want())
					}
				}
			}
		}
	}
}

// linears are p under every feature map.
func linears(p attn.Problem) []attn.Problem {
	var list []attn.Problem
	for _, text := range []string{"linear:elu1", "linear:relu:0.1", "linear:favor:20:3", "linear:taylor2"} {
		rule, err := attn.ParseRule(text)
		if err != nil {
			panic(err)
		}
		p.Rule, p.Scale = rule, attn.ScaleOf(0.2)
		list = append(list, p)
	}
	return list
}

// inTwo fills a.Out by two Forwards. The state between them lies between fences, with
// gaps after its rows, and the second one leaves it as it is.
func (k *kit) inTwo(c testCase, o attn.Options, a attn.Args, cut int) bool {
	state, fence := scattered("state", attn.NewTensor(c.p.Batch, c.p.KVHeads, c.p.Features(), c.p.ValueDim), 1)
	guard.Poison(state.Data)
	var norm attn.Tensor
	if c.p.Rule.Kind == attn.Linear {
		norm = attn.NewTensor(c.p.Batch, c.p.KVHeads, 1, c.p.Features())
		guard.Poison(norm.Data)
	}
	first, b := between(c, a, 0, cut)
	b.StateN, b.NormN = state, norm
	if !k.compute(first, o, b) {
		return false
	}
	left, leftNorm := clone(state), clone(norm)
	second, b := between(c, a, cut, c.p.QLen)
	b.State0, b.Norm0 = state, norm
	if !k.compute(second, o, b) {
		return false
	}
	if at, same := guard.Same(left.Data, state.Data); !same {
		k.fail("%v set %q: element %d of State0 was changed", second, o.ISA, at)
	}
	if at, same := guard.Same(leftNorm.Data, norm.Data); !same {
		k.fail("%v set %q: element %d of Norm0 was changed", second, o.ISA, at)
	}
	if err := fence.Check(); err != nil {
		k.fail("%v set %q: %v", c, o.ISA, err)
	}
	return true
}

// between is c and a from row and key lo to hi.
func between(c testCase, a attn.Args, lo, hi int) (testCase, attn.Args) {
	c.p.QLen, c.p.KVLen = hi-lo, hi-lo
	for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Decay, &a.Beta} {
		if t.Data != nil {
			*t = t.Rows(lo, hi)
		}
	}
	return c, a
}
