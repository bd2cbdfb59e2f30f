package attntest_test

import (
	"testing"

	"attnbench/attn/attntest"
)

// The kit itself is tested on a plain variant that is right, and on the same
// variant with one bug, which the named rule must catch.

func TestPlainVariantConforms(t *testing.T) { attntest.Run(t, plain{none}) }

func TestBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for bug, rule := range map[bug]string{
		missingWeight:  "agreement",
		relativeError:  "agreement",
		noOverflowCare: "agreement",
		windowOffByOne: "agreement",
		topLeft:        "agreement",
		ignoresLens:    "agreement",
		panics:         "agreement",
		outNotCleared:  "output",
		dirtyGaps:      "output",
		zeroWorkspace:  "workspace",
		hiddenAlloc:    "allocation",
		tiledHeads:     "gqa",
		leakingNaN:     "invisible",
		blindNaN:       "blind-rows",
		wrongLSE:       "lse",
		changesInput:   "inputs",
		stridesIgnored: "strides",
		workerBits:     "workers",
		ignoresPool:    "pool",
		remembers:      "repeat",
		uncheckedArgs:  "misuse",
		anyISA:         "sets",
		swallowsErrors: "invalid",
	} {
		t.Run(string(bug), func(t *testing.T) {
			found := false
			for _, r := range attntest.Check(plain{bug}, rule) {
				if r.Rule == rule && len(r.Violations) > 0 {
					found = true
					t.Logf("%s: %d violations, first: %s", rule, len(r.Violations), r.Violations[0])
				}
			}
			if !found {
				t.Errorf("rule %q does not catch it", rule)
			}
		})
	}
}

// A missing weight must also show where it is one of thousands, and a relative
// error of 1e-4 on every kind of numbers: agreement names more than one case.
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

func TestSupportingNothingFails(t *testing.T) {
	results := attntest.Check(plain{supportsNothing})
	reach := results[len(results)-1]
	if reach.Rule != "reach" || len(reach.Violations) == 0 || reach.Unsupported == 0 {
		t.Errorf("got %+v", reach)
	}
}
