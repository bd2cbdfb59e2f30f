package attntest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// softmaxCases are the few that are softmax.
func softmaxCases() []testCase {
	var list []testCase
	for _, c := range few() {
		if c.p.Rule.Kind == attn.Softmax {
			list = append(list, c)
		}
	}
	return list
}

// withLSE is a with room for the LSE.
func withLSE(p attn.Problem, a attn.Args) attn.Args {
	a.LSE = make([]float32, p.Batch*p.QHeads*p.QLen)
	return a
}

// merging splits the keys and merges the two results by their LSE. The keys of the
// second part count from 0 again, so that its queries stand that much earlier.
func merging(k *kit) {
	for _, c := range softmaxCases() {
		if k.selects(c) {
			continue // each part would keep as many blocks as the whole
		}
		whole := withLSE(c.p, k.numbers(c))
		for _, split := range []int{1, c.p.KVLen / 2, c.p.KVLen - 1} {
			if split < 1 || split >= c.p.KVLen {
				continue
			}
			first, second := part(c.p, 0, split), part(c.p, split, c.p.KVLen)
			second.SinkLogits = nil
			a, b := partArgs(first, whole, 0), partArgs(second, whole, split)
			o := attn.Options{Workers: 2}
			if !k.compute(testCase{first, c.profile}, o, a) || !k.compute(testCase{second, c.profile}, o, b) {
				continue
			}
			attn.Merge(a.Out, a.LSE, b.Out, b.LSE)
			whole.Out, whole.LSE = a.Out, a.LSE
			k.holds(c, fmt.Sprintf("merged at key %d", split), whole)
		}
	}
}

// part is p over the keys [lo, hi) alone.
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
	return withLSE(p, withOut(p, a))
}

// permutation shuffles the keys of the full mask, together with their values.
func permutation(k *kit) {
	for _, n := range []int{2, 65, 131} {
		c := testCase{problem(2, 4, 2, 33, n, 9, 7), "positive"}
		if k.selects(c) {
			continue // other keys would make other blocks
		}
		a := k.numbers(c)
		order := rand.New(rand.NewPCG(seed, 1)).Perm(n)
		b := withOut(c.p, a)
		b.K, b.V = clone(a.K), clone(a.V)
		for e := range c.p.Batch {
			for g := range c.p.KVHeads {
				for i, j := range order {
					copy(b.K.Row(e, g, i), a.K.Row(e, g, j))
					copy(b.V.Row(e, g, i), a.V.Row(e, g, j))
				}
			}
		}
		if k.compute(c, attn.Options{}, b) {
			k.holdsAs(c, "keys permuted", a, c.p, b)
		}
	}
}

// holdsAs compares what was computed of p and b with the definition of c and a:
// another way to say the same. The budget is that of what was computed.
func (k *kit) holdsAs(c testCase, what string, a attn.Args, p attn.Problem, b attn.Args) {
	rows := oracle.Sample(&c.p, rowsChecked, seed)
	want, budget := oracle.ExpectAll(c.p, a, rows), oracle.ExpectAll(p, b, rows)
	for i := range want {
		want[i].Budget, want[i].LSEslip = budget[i].Budget, budget[i].LSEslip
	}
	if v := oracle.Compare(&c.p, want, b.Out, b.LSE); v.First != "" {
		k.fail("%v: %s: %s (%.3g times its budget)", c, what, v.First, v.Worst)
	}
}

// shift adds a constant to all logits, which changes the LSE by it and Out not at all.
func shift(k *kit) {
	const constant = 2.5
	for _, c := range softmaxCases() {
		if c.p.SinkLogits != nil || c.p.Bias != (attn.BiasShape{}) {
			continue
		}
		shifted := c
		shifted.p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
		a := withLSE(c.p, k.numbers(shifted))
		for i := range a.Bias.Data {
			a.Bias.Data[i] = constant
		}
		if !k.compute(shifted, attn.Options{}, a) {
			continue
		}
		for i := range a.LSE {
			a.LSE[i] -= constant
		}
		shifted.p, _ = k.selected(shifted, attn.Options{}, a)
		c.p.Mask = shifted.p.Mask
		k.holdsAs(c, "a constant added to all logits", a, shifted.p, a)
	}
}

// convex holds every output within the least and largest visible value.
func convex(k *kit) {
	for _, c := range softmaxCases() {
		if c.p.SinkLogits != nil {
			continue // the sink draws towards 0
		}
		a := k.numbers(c)
		if !k.compute(c, attn.Options{}, a) {
			continue
		}
		c.p, _ = k.selected(c, attn.Options{}, a)
		for _, r := range oracle.Sample(&c.p, rowsChecked, seed) {
			out := a.Out.Row(r.B, r.H, r.I)
			for col, x := range out {
				least, most, seen := math.Inf(1), math.Inf(-1), 0
				for j := range c.p.KVLen {
					if sees(c.p, a, r.B, r.H, r.I, j) {
						v := float64(a.V.Row(r.B, c.p.KVHead(r.H), j)[col])
						least, most, seen = math.Min(least, v), math.Max(most, v), seen+1
					}
				}
				slack := 4e-7 * math.Sqrt(float64(seen+4)) * math.Max(math.Abs(least), math.Abs(most))
				if seen > 0 && !(float64(x) >= least-slack && float64(x) <= most+slack) {
					k.fail("%v: batch %d head %d row %d out[%d] is %v, outside of the values seen, %v to %v", c, r.B, r.H, r.I, col, x, least, most)
					return
				}
			}
		}
	}
}

// future fills all keys past a position with NaN at once. The later rows of a panel may
// then select other keys, which cuts the tiles of the earlier ones elsewhere: where the
// Plan selects, these may round otherwise.
func future(k *kit) {
	for _, c := range few() {
		if c.p.Mask != attn.Causal() {
			continue
		}
		a := k.numbers(c)
		if !k.compute(c, attn.Options{}, a) {
			continue
		}
		b := withOut(c.p, a)
		b.K, b.V = clone(a.K), clone(a.V)
		last := c.p.KVLen / 2
		for e := range c.p.Batch {
			for j := last + 1; j < c.p.KVLen; j++ {
				spoil(b.K, e, j, float32(math.NaN()))
				spoil(b.V, e, j, float32(math.NaN()))
			}
		}
		if !k.compute(c, attn.Options{}, b) {
			continue
		}
		for e := range c.p.Batch {
			if rows := min(c.p.QLen, last-c.p.Start(e)+1); rows > 0 {
				round := k.traits.RoundsByAlignment || k.selects(c)
				k.equal(c, "the future and NaN in its place", entryOf(a.Out, e).Rows(0, rows), entryOf(b.Out, e).Rows(0, rows), round)
			}
		}
	}
}
