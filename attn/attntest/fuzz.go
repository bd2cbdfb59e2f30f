package attntest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/attntest/internal/staterules"
	"attnbench/internal/guard"
)

// Fuzz tries v on small Problems made up at random, of every shape, mask, modifier and rule,
// on every kernel set. A kernel's fuzz target is one line,
//
//	func FuzzForward(f *testing.F) { attntest.Fuzz(f, mine.New()) }
//
// The output is compared with the oracle, then computed again by another number of
// workers on strided views, which may change no bit. Problems that Plan refuses with
// errors.ErrUnsupported are skipped.
//
// Under go test pgregory.net/rapid draws the Problems, the same ones every time, and shrinks
// one that fails; -rapid.checks draws more of them and -rapid.seed others. Under go test
// -fuzz the native fuzzer makes them up.
func Fuzz(f *testing.F, v attn.Variant) {
	f.Helper()
	fuzz(f, v, tryDrawn, fuzzSeeds(), tryBytes)
}

func tryDrawn(k *kit.Kit, t *rapid.T) { tryInvented(k, invent.Forward(invent.Drawn{T: t})) }

func tryBytes(k *kit.Kit, data []byte) { tryInvented(k, invent.Forward(&invent.Bytes{Rest: data})) }

// FuzzState tries the States of v on histories, made up as [Fuzz] makes up Problems: a small
// Problem, and chunks by Extend and Append, with Truncate and Reset between them. A
// decoder's fuzz target is one line,
//
//	func FuzzState(f *testing.F) { attntest.FuzzState(f, mine.New()) }
//
// The output is compared with the oracle. The State must refuse what exceeds its capacity.
// Problems that NewState refuses with errors.ErrUnsupported are skipped.
func FuzzState(f *testing.F, v attn.Variant) {
	f.Helper()
	fuzz(f, v, staterules.DrawHistory, staterules.Seeds(), staterules.TryHistory)
}

// fuzz tries v on what rapid draws, which ends at the first violation, and makes try the
// target of the native fuzzer.
func fuzz(f *testing.F, v attn.Variant, draw func(*kit.Kit, *rapid.T), seeds [][]byte, try func(*kit.Kit, []byte)) {
	f.Helper()
	seeded(func() {
		rapid.Check(f, func(t *rapid.T) {
			k := kit.New(v)
			draw(k, t)
			if len(k.Violations) > 0 {
				t.Fatal(k.Violations[0])
			}
		})
	})
	for _, data := range seeds {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k := kit.New(v)
		try(k, data)
		for _, violation := range k.Violations {
			t.Error(violation)
		}
		if k.Ran == 0 {
			t.SkipNow()
		}
	})
}

// seeded runs f with the same seed of rapid every time, unless the command line gives one:
// a test that passed must not fail on an unchanged variant.
func seeded(f func()) {
	if seed := flag.Lookup("rapid.seed").Value; seed.String() == "0" {
		seed.Set(strconv.Itoa(kit.Seed))
		defer seed.Set("0")
	}
	f()
}

// fuzzSeeds are where the native fuzzer starts: large scores, and random bytes after each
// choice of rule.
func fuzzSeeds() [][]byte {
	rng := rand.New(rand.NewPCG(kit.Seed, 2))
	list := invent.RampSeeds()
	for rule := range 2 * len(invent.Rules()) {
		data := []byte{byte(rule)}
		for range 63 {
			data = append(data, byte(rng.IntN(256)))
		}
		list = append(list, data)
	}
	return list
}

// tryInvented computes c twice on every kernel set.
func tryInvented(k *kit.Kit, c invent.Case) {
	if err := c.P.Validate(); err != nil {
		k.Fail("%v: the fuzzer made a Problem that is not valid: %v", c.Case, err)
		return
	}
	if k.Plan(c.Case, attn.Options{}) == nil {
		return // before the numbers are made, which takes longer
	}
	numbers := k.Numbers(c.Case)
	if c.Projection {
		numbers.Projection = attn.Packed(attn.FavorProjection(c.P.Rule.Features, c.P.HeadDim, c.P.Rule.Seed+1), 1, 1, c.P.Rule.Features, c.P.HeadDim)
	}
	want := expectedOn(k, c.Case, numbers)
	for _, isa := range k.ISAs() {
		o, a := attn.Options{ISA: isa, Workers: c.Workers}, kit.WithOut(c.P, numbers)
		if c.LSE {
			a = kit.WithLSE(c.P, a)
		}
		if !computeCut(k, c, o, a) {
			continue
		}
		agrees(k, c.Case, isa, a, want(isa))
		again(k, c, o, a)
	}
}

// computeCut is compute, in two segments where c is cut.
func computeCut(k *kit.Kit, c invent.Case, o attn.Options, a attn.Args) bool {
	if c.Cut > 0 {
		return inTwo(k, c.Case, o, a, c.Cut, c.Cut%2 == 0)
	}
	return k.Compute(c.Case, o, a)
}

// again computes c on strided views between fences, by one more worker, and compares it
// with a.
func again(k *kit.Kit, c invent.Case, o attn.Options, a attn.Args) {
	b := kit.WithOut(c.P, a)
	if a.LSE != nil {
		b = kit.WithLSE(c.P, b)
	}
	b, fences := kit.Spread(b, c.Shift)
	o.Workers++
	if !computeCut(k, c, o, b) {
		return
	}
	for _, f := range fences {
		if err := f.Check(); err != nil {
			k.Fail("%v: set %q: %v", c.Case, o.ISA, err)
		}
	}
	k.Same(c.Case, fmt.Sprintf("set %q, packed with %d workers and strided with one more", o.ISA, o.Workers-1), numbersOf(k, c.Case, o, a), a.Out, b.Out)
	if at, same := guard.Same(a.LSE, b.LSE); !same && !k.Rounds() {
		k.Fail("%v: set %q, %d workers and one more: LSE %d is %v and %v", c.Case, o.ISA, o.Workers-1, at, a.LSE[at], b.LSE[at])
	}
}
