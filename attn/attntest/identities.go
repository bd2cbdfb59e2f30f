package attntest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// softmaxCases are those of few that are softmax.
func softmaxCases() []kit.Case {
	var list []kit.Case
	for _, c := range few() {
		if c.P.Rule.Kind == attn.Softmax {
			list = append(list, c)
		}
	}
	return list
}

// merging splits the keys and merges the two partial results by their LSE. The keys of the
// second part count from 0 again, so its queries stand that much earlier. A partial result
// that sees no key changes no bit, whichever of the two it is.
func merging(k *kit.Kit) {
	for _, c := range kit.Each(k, softmaxCases()) {
		if selects(k, c) {
			continue // each part would keep as many blocks as the whole
		}
		whole := kit.WithLSE(c.P, k.Numbers(c))
		want := sync.OnceValue(func() []oracle.Expected { return expected(c, whole) })
		for _, split := range []int{1, c.P.KVLen / 2, c.P.KVLen - 1} {
			if split < 1 || split >= c.P.KVLen {
				continue
			}
			first, second := part(c.P, 0, split), part(c.P, split, c.P.KVLen)
			second.SinkLogits = nil
			k.OnSets(c.With(first), attn.Options{Workers: 2}, partArgs(first, whole, 0), func(isa string, a attn.Args) {
				b := partArgs(second, whole, split)
				if !k.Compute(c.With(second), attn.Options{ISA: isa, Workers: 2}, b) {
					return
				}
				attn.Merge(a.Out, a.LSE, b.Out, b.LSE)
				agrees(k, c, fmt.Sprintf("%s merged at key %d", isa, split), a, want())
				mergedEmpty(k, c, isa, whole, a)
			})
		}
	}
}

// mergedEmpty merges full with a partial result in which no key is valid, each into the
// other.
func mergedEmpty(k *kit.Kit, c kit.Case, isa string, numbers, full attn.Args) {
	none := c
	none.P.SinkLogits, none.P.KVLens = nil, make([]int, c.P.Batch)
	empty := kit.WithLSE(c.P, kit.WithOut(c.P, numbers))
	if !k.Compute(none, attn.Options{ISA: isa}, empty) {
		return
	}
	out, lse := kit.Clone(full.Out), slices.Clone(full.LSE)
	attn.Merge(out, lse, empty.Out, empty.LSE)
	attn.Merge(empty.Out, empty.LSE, full.Out, full.LSE)
	for into, got := range map[string]attn.Args{"full": {Out: out, LSE: lse}, "empty": empty} {
		k.Same(c, fmt.Sprintf("set %q: an empty part merged, %s part first", isa, into), kit.Numbers{P: c.P, A: numbers}, full.Out, got.Out)
		if at, same := guard.Same(full.LSE, got.LSE); !same {
			k.Fail("%v set %q: an empty part merged, %s part first: LSE %d is %v and %v", c, isa, into, at, full.LSE[at], got.LSE[at])
		}
	}
}

// part returns p over the keys [lo, hi) alone.
func part(p attn.Problem, lo, hi int) attn.Problem {
	starts, lens := make([]int, p.Batch), make([]int, p.Batch)
	for b := range p.Batch {
		starts[b], lens[b] = p.Start(b)-lo, min(max(0, p.Keys(b)-lo), hi-lo)
	}
	p.QueryStart, p.KVLens, p.KVLen = starts, lens, hi-lo
	return p
}

func partArgs(p attn.Problem, a attn.Args, lo int) attn.Args {
	a.K, a.V = a.K.Rows(lo, lo+p.KVLen), a.V.Rows(lo, lo+p.KVLen)
	if p.Bias != (attn.BiasShape{}) {
		a.Bias.Data = a.Bias.Data[lo:]
		a.Bias.Shape[3] = p.KVLen
	}
	return kit.WithLSE(p, kit.WithOut(p, a))
}

// permutation shuffles the keys of the full mask, together with their values.
func permutation(k *kit.Kit) {
	for _, n := range kit.Each(k, []int{2, 65, 131}) {
		c := kit.Case{P: kit.Problem(2, 4, 2, 33, n, 9, 7), Profile: "positive"}
		if selects(k, c) {
			continue // blocks of other keys are selected differently
		}
		a := k.Numbers(c)
		order := rand.New(rand.NewPCG(kit.Seed, 1)).Perm(n)
		b := kit.WithOut(c.P, a)
		b.K, b.V = kit.Clone(a.K), kit.Clone(a.V)
		for e := range c.P.Batch {
			for g := range c.P.KVHeads {
				for i, j := range order {
					copy(b.K.Row(e, g, i), a.K.Row(e, g, j))
					copy(b.V.Row(e, g, i), a.V.Row(e, g, j))
				}
			}
		}
		want := sync.OnceValue(func() []oracle.Expected { return expectedAs(c, a, c.P, b) })
		k.OnSets(c, attn.Options{}, b, func(isa string, b attn.Args) { agrees(k, c, isa+" keys permuted", b, want()) })
	}
}

// expectedAs returns what the oracle computes from c and a, with the budgets of p and b,
// which say the same in another way and are what the variant computes.
func expectedAs(c kit.Case, a attn.Args, p attn.Problem, b attn.Args) []oracle.Expected {
	want, budget := expected(c, a), expected(c.With(p), b)
	for i := range want {
		want[i].Budget, want[i].LSEBudget = budget[i].Budget, budget[i].LSEBudget
	}
	return want
}

// shift adds a constant to all logits, which changes the LSE by it and Out not at all.
func shift(k *kit.Kit) {
	const constant = 2.5
	for _, c := range kit.Each(k, softmaxCases()) {
		if c.P.SinkLogits != nil || c.P.Bias != (attn.BiasShape{}) {
			continue
		}
		shifted := c
		shifted.P.Bias = attn.BiasShape{Batch: 1, Heads: 1}
		a := kit.WithLSE(c.P, k.Numbers(shifted))
		for i := range a.Bias.Data {
			a.Bias.Data[i] = constant
		}
		k.OnSets(shifted, attn.Options{}, a, func(isa string, b attn.Args) {
			for i := range b.LSE {
				b.LSE[i] -= constant
			}
			q, _ := selected(k, shifted, attn.Options{ISA: isa}, a)
			plain := c
			plain.P.Mask = q.Mask
			agrees(k, c, isa+" a constant added to all logits", b, expectedAs(plain, a, q, a))
		})
	}
}

// convex tries values near 1, so that weights whose sum is not 1 leave the range of the
// visible values.
func convex(k *kit.Kit) {
	for _, c := range kit.Each(k, softmaxCases()) {
		if c.P.SinkLogits != nil {
			continue // the sink draws towards 0
		}
		a := k.Numbers(c)
		for i := range a.V.Data {
			a.V.Data[i] = 1 + a.V.Data[i]/16
		}
		want := expectedOn(k, c, a)
		k.OnSets(c, attn.Options{}, a, func(isa string, b attn.Args) { agrees(k, c, isa, b, want(isa)) })
	}
}
