package attntest

import (
	"fmt"
	"math"
	"sync"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// rowsChecked is the maximum of rows of a case that the oracle evaluates.
const rowsChecked = 64

// expected is what the oracle makes of a's inputs.
func expected(c testCase, a attn.Args) []oracle.Expected {
	return oracle.ExpectAll(c.p, a, oracle.Sample(&c.p, rowsChecked, seed))
}

// expectedOn returns what the oracle makes of a's inputs on each kernel set: the same,
// asked once, but where the Plan selects.
func (k *kit) expectedOn(c testCase, a attn.Args) func(isa string) []oracle.Expected {
	once := sync.OnceValue(func() []oracle.Expected { return expected(c, a) })
	return func(isa string) []oracle.Expected {
		if p, attend := k.selected(c, attn.Options{ISA: isa}, a); attend != nil {
			return expected(testCase{p, c.profile}, a)
		}
		return once()
	}
}

// holdsOnSets computes c on every kernel set and compares each with the oracle.
func (k *kit) holdsOnSets(c testCase, o attn.Options, a attn.Args) {
	want := k.expectedOn(c, a)
	k.onSets(c, o, a, func(isa string, b attn.Args) { k.agrees(c, isa, b, want(isa)) })
}

// agrees compares a computed case with what is expected of it.
func (k *kit) agrees(c testCase, isa string, a attn.Args, want []oracle.Expected) {
	if v := oracle.Compare(&c.p, want, a.Out, a.LSE); v.First != "" {
		k.fail("%v set %q: %s (%.3g times its budget)", c, isa, v.First, v.Worst)
	}
}

// agreement tries every case on Gaussian numbers, on V > 0, where errors of the
// weights do not cancel in the mean, and on peaky scores, where they are large.
func agreement(k *kit) {
	for _, p := range all() {
		for _, profile := range []string{"gaussian", "positive", "peaky"} {
			c := testCase{p, profile}
			k.holdsOnSets(c, attn.Options{Workers: 2}, k.numbers(c))
		}
	}
	// exp of these scores overflows, exp of their distance from the largest does not.
	p := problem(1, 2, 1, 65, 65, 16, 16)
	p.Mask, p.Scale = attn.Causal(), attn.ScaleOf(40)
	c := testCase{p, "gaussian"}
	k.holdsOnSets(c, attn.Options{}, k.numbers(c))
}

func lse(k *kit) {
	for _, p := range append(modified(), few()[7].p, few()[13].p) {
		if p.Rule.Kind != attn.Softmax {
			continue
		}
		c := testCase{p, "gaussian"}
		numbers := k.numbers(c)
		want := k.expectedOn(c, numbers)
		k.onSets(c, attn.Options{}, numbers, func(isa string, a attn.Args) {
			b := withLSE(p, withOut(p, a))
			if k.compute(c, attn.Options{ISA: isa}, b) {
				k.same(c, fmt.Sprintf("set %q with and without LSE", isa), a.Out, b.Out)
				k.agrees(c, isa, b, want(isa))
			}
		})
	}
}

func ones(k *kit) {
	for _, c := range few() {
		if c.p.SinkLogits != nil || c.p.Rule.Kind == attn.Recurrent {
			continue // the sink takes its share of the weight; a bare state has no weights
		}
		for _, isa := range k.isas() {
			a := k.numbers(c)
			for i := range a.V.Data {
				a.V.Data[i] = 1
			}
			if !k.compute(c, attn.Options{ISA: isa}, a) {
				continue
			}
			p, _ := k.selected(c, attn.Options{ISA: isa}, a)
			for _, r := range oracle.Sample(&p, rowsChecked, seed) {
				seen := 0
				for j := range p.KVLen {
					if sees(p, a, r.B, r.H, r.I, j) {
						seen++
					}
				}
				for _, x := range a.Out.Row(r.B, r.H, r.I) {
					// Two sums of the same terms in different orders.
					if slack := 4e-7 * math.Sqrt(float64(seen+4)); seen > 0 && !(math.Abs(float64(x)-1) <= slack) {
						k.fail("%v set %q: batch %d head %d row %d: the weights sum to %v", c, isa, r.B, r.H, r.I, x)
					}
				}
			}
		}
	}
}

func windowFull(k *kit) {
	for _, nk := range []int{33, 65} {
		for _, width := range []int{nk, 200, math.MaxInt32} {
			for _, masks := range [][2]attn.Mask{
				{attn.Full(), attn.Window{Left: width, Right: width}}, {attn.Causal(), attn.Window{Left: width, Right: 0}},
			} {
				c := testCase{problem(1, 2, 1, 33, nk, 9, 7), "positive"}
				c.p.Mask = masks[0]
				wide := c
				wide.p.Mask = masks[1]
				numbers := k.numbers(c)
				want := k.expectedOn(c, numbers)
				k.onSets(wide, attn.Options{}, numbers, func(isa string, a attn.Args) { k.agrees(c, isa, a, want(isa)) })
			}
		}
	}
}
