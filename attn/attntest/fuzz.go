package attntest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// Fuzz tries v on small Problems that the fuzzer makes up, of every shape, mask,
// modifier and rule, on every kernel set. A kernel's fuzz target is one line,
//
//	func FuzzForward(f *testing.F) { attntest.Fuzz(f, mine.New()) }
//
// Each Problem is held against the oracle, then computed again by another number of
// workers on strided views, which may change no bit. One that Plan refuses with
// errors.ErrUnsupported is skipped.
func Fuzz(f *testing.F, v attn.Variant) {
	f.Helper()
	for _, data := range fuzzSeeds() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k := &kit{v: v, traits: attn.TraitsOf(v)}
		k.tryInvented(invent(data))
		for _, violation := range k.violations {
			t.Error(violation)
		}
		if k.ran == 0 {
			t.SkipNow()
		}
	})
}

// fuzzSeeds are random bytes behind each choice of rule.
func fuzzSeeds() [][]byte {
	rng := rand.New(rand.NewPCG(seed, 2))
	var list [][]byte
	for rule := range 2 * len(fuzzRules()) {
		data := []byte{byte(rule)}
		for range 63 {
			data = append(data, byte(rng.IntN(256)))
		}
		list = append(list, data)
	}
	return list
}

// tryInvented computes c on every kernel set, twice.
func (k *kit) tryInvented(c invention) {
	if err := c.p.Validate(); err != nil {
		k.fail("%v: the fuzzer made a Problem that is not valid: %v", c.testCase, err)
		return
	}
	if k.plan(c.testCase, attn.Options{}) == nil {
		return // before the numbers are made, which takes longer
	}
	numbers := k.numbers(c.testCase)
	if c.projection {
		numbers.Projection = attn.Packed(attn.FavorProjection(c.p.Rule.Features, c.p.HeadDim, c.p.Rule.Seed+1), 1, 1, c.p.Rule.Features, c.p.HeadDim)
	}
	var want []oracle.Expected
	for _, isa := range k.isas() {
		o, a := attn.Options{ISA: isa, Workers: c.workers}, withOut(c.p, numbers)
		if c.lse {
			a = withLSE(c.p, a)
		}
		if !k.computeCut(c, o, a) {
			continue
		}
		if want == nil {
			want = expected(c.testCase, a)
			widen(want, c.p, a.V)
		}
		k.agrees(c.testCase, isa, a, want)
		k.again(c, o, a)
	}
}

// spare is how many times its budget an invented case may miss. Budgets are of first
// order, and of roundings that do not know of each other: of the millions of rows that
// a fuzzer tries a few are off by up to 1.2 budgets, as some of the corpus are.
const spare = 2

// widen makes budgets those of invented cases. A kernel may take a weight below the
// least normal float32 for 0, which shows only where a sink outweighs all keys by so
// much that nothing else is left of the output.
func widen(want []oracle.Expected, p attn.Problem, v attn.Tensor) {
	flushed := 0.0
	if p.SinkLogits != nil {
		for _, x := range v.Data {
			flushed = max(flushed, 0x1p-126*float64(p.KVLen)*math.Abs(float64(x)))
		}
	}
	for i := range want {
		want[i].Budget = spare*want[i].Budget + flushed
		want[i].LSEslip *= spare
	}
}

// computeCut is compute, in two segments where c is cut.
func (k *kit) computeCut(c invention, o attn.Options, a attn.Args) bool {
	if c.cut > 0 {
		return k.inTwo(c.testCase, o, a, c.cut)
	}
	return k.compute(c.testCase, o, a)
}

// again computes c on strided views between fences, by one worker more.
func (k *kit) again(c invention, o attn.Options, a attn.Args) {
	b := withOut(c.p, a)
	if a.LSE != nil {
		b = withLSE(c.p, b)
	}
	b, fences := spread(b, c.shift)
	o.Workers++
	if !k.computeCut(c, o, b) {
		return
	}
	k.same(c.testCase, fmt.Sprintf("set %q, packed with %d workers and strided with one more", o.ISA, o.Workers-1), a.Out, b.Out)
	if at, same := guard.Same(a.LSE, b.LSE); !same && !k.traits.RoundsByAlignment {
		k.fail("%v: set %q, %d workers and one more: LSE %d is %v and %v", c.testCase, o.ISA, o.Workers-1, at, a.LSE[at], b.LSE[at])
	}
	for _, f := range fences {
		if err := f.Check(); err != nil {
			k.fail("%v: set %q: %v", c.testCase, o.ISA, err)
		}
	}
}
