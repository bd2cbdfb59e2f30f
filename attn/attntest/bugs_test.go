package attntest_test

import (
	"sync"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
)

// The kit is tested on a plain variant that is right, and on the same variant with one
// bug, which the named rule must catch.

func TestPlainVariantConforms(t *testing.T) { attntest.Run(t, plain{none}) }

// bugs of the plain variant, each with a rule that must catch it.
var bugs = []struct {
	bug  bug
	rule string
}{
	{missingWeight, "agreement"}, {relativeError, "agreement"}, {noOverflowCare, "agreement"}, {refusesScales, "large-scores"}, {windowOffByOne, "agreement"},
	{topLeft, "agreement"}, {ignoresLens, "agreement"}, {panics, "agreement"}, {relativeError, "found"}, {wrongLSE, "lse"},
	{shortSum, "ones"}, {shortSum, "convex"}, {windowWraps, "window-full"}, {indexWeights, "permutation"}, {biasScaled, "shift"},
	{wrongLSE, "merge"}, {blindLSE, "merge"}, {leakingNaN, "future"},
	{blindNaN, "blind-rows"}, {blindLSE, "blind-rows"}, {leakingNaN, "invisible"}, {swallowsNaN, "visible"},
	{tiledHeads, "gqa"}, {placeInBatch, "batch"}, {zeroWorkspace, "workspace"}, {outNotCleared, "output"}, {dirtyGaps, "output"},
	{changesInput, "inputs"}, {stridesIgnored, "strides"}, {workerBits, "workers"}, {ignoresPool, "pool"}, {remembers, "repeat"},
	{hiddenAlloc, "allocation"}, {returnsFirst, "calls"}, {lastOfMany, "heads"}, {hidesScratch, "memory"}, {countsHalf, "flops"}, {anyISA, "sets"}, {swallowsErrors, "invalid"}, {uncheckedArgs, "misuse"}, {wordlessPanic, "misuse"},
}

func TestBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for _, c := range bugs {
		t.Run(string(c.bug), func(t *testing.T) { mustCatch(t, plain{c.bug}, c.rule) })
	}
}

// A rule that no bug is known to break may be one that cannot fail.
func TestEveryRuleHasABug(t *testing.T) {
	broken := map[string]bool{"states": true, "carried": true, "reach": true} // tests of their own break these
	for _, c := range bugs {
		broken[c.rule] = true
	}
	for _, c := range stateBugs {
		broken[c.rule] = true
	}
	for _, rule := range selectorBugs {
		broken[rule] = true
	}
	for _, r := range checkedNothing() {
		if !broken[r.Rule] {
			t.Errorf("no bug breaks the rule %q", r.Rule)
		}
	}
}

func mustCatch(t *testing.T, v attn.Variant, rule string) {
	t.Helper()
	if violation, caught := attntest.Catches(v, rule); caught {
		t.Logf("%s: %s", rule, violation)
		return
	}
	t.Errorf("rule %q does not catch it", rule)
}

func TestFoldingConforms(t *testing.T) { attntest.Run(t, folding{}) }

func TestBugsOfStatesAreCaught(t *testing.T) {
	mustCatch(t, folding{forgets: true}, "states")
	mustCatch(t, folding{leavesOneOut: true}, "states")
}

// The seeds of the native fuzzer alone show most bugs of the numbers, and so do rapid's
// draws.
func TestSeedsOfTheFuzzerCatchBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	if ran, violations := attntest.TrySeeds(plain{none}, false); ran < 20 || len(violations) > 0 {
		t.Errorf("%d runs of the plain variant, and violations %v", ran, violations)
	}
	if ran, violation := attntest.TryDrawn(plain{none}); ran < 20 || violation != "" {
		t.Errorf("%d runs of the plain variant, and the violation %q", ran, violation)
	}
	for _, bug := range []bug{
		missingWeight, relativeError, topLeft, ignoresLens, outNotCleared, zeroWorkspace, tiledHeads, workerBits, wrongLSE, stridesIgnored,
		blindNaN, noOverflowCare, refusesScales, shortSum, indexWeights, biasScaled, blindLSE,
	} {
		if _, violations := attntest.TrySeeds(plain{bug}, true); len(violations) == 0 {
			t.Errorf("%s: no seed shows it", bug)
		}
		if _, violation := attntest.TryDrawn(plain{bug}); violation == "" {
			t.Errorf("%s: nothing drawn shows it", bug)
		}
	}
}

// A missing weight must also show where it is one of thousands, and a relative error of
// 1e-4 on every kind of numbers.
func TestBugsAreCaughtInManyCases(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for _, bug := range []bug{missingWeight, relativeError} {
		r := attntest.Check(plain{bug}, "agreement")[0]
		if len(r.Violations) < r.Ran/2 {
			t.Errorf("%s: %d of %d cases violated: want at least half", bug, len(r.Violations), r.Ran)
		}
	}
}

// checkedNothing is every rule tried on a variant that supports nothing.
var checkedNothing = sync.OnceValue(func() []attntest.Result { return attntest.Check(plain{supportsNothing}) })

func TestSupportingNothingFails(t *testing.T) {
	results := checkedNothing()
	reach := results[len(results)-1]
	if reach.Rule != "reach" || len(reach.Violations) == 0 || reach.Unsupported == 0 {
		t.Errorf("got %+v", reach)
	}
}
