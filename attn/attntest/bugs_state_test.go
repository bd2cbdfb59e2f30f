package attntest_test

import (
	"testing"

	"attnbench/attn/attntest"
)

func TestPlainDecoderConforms(t *testing.T) {
	for _, r := range attntest.Check(remembering{}, decoderRules...) {
		t.Logf("%s: %d ran, %d unsupported", r.Rule, r.Ran, r.Unsupported)
		for _, violation := range r.Violations {
			t.Errorf("%s: %s", r.Rule, violation)
		}
	}
}

// decoderRules are the rules of States.
var decoderRules = []string{
	"new-state", "extend", "append", "truncate", "reset", "forgotten", "capacity", "two-states", "entries", "length-bytes", "scratch", "steps",
	"decode-workers", "decode-views",
}

// stateBugs are the bugs of the plain decoder, each with a rule that must catch it.
var stateBugs = []struct {
	bug  bug
	rule string
}{
	{stepOneOff, "extend"}, {losesASplit, "extend"}, {cutsLSE, "extend"}, {missingWeight, "extend"}, {windowOffByOne, "extend"},
	{noOverflowCare, "extend"},
	{appendTakesAll, "append"}, {appendBounded, "append"}, {appendDropsV, "append"}, {lengthOfRows, "append"},
	{keepsOldRows, "truncate"}, {truncatesUp, "truncate"}, {truncatesNever, "truncate"}, {resetsAll, "reset"}, {resetLingers, "reset"},
	{leakingNaN, "forgotten"}, {staleTail, "forgotten"},
	{countsRefused, "capacity"}, {wordlessFull, "capacity"}, {halfTaken, "capacity"}, {outOfRefused, "capacity"}, {staleQueries, "capacity"}, {overlapsTaken, "capacity"},
	{sharedMemory, "two-states"}, {readsPast, "entries"}, {writesPast, "entries"}, {longestInBatch, "entries"}, {placeInBatch, "entries"},
	{bytesOfKeys, "length-bytes"}, {growsLater, "length-bytes"}, {bytesGrow, "length-bytes"}, {lengthOfRows, "length-bytes"},
	{zeroWorkspace, "scratch"}, {overWorkspace, "scratch"}, {hiddenAlloc, "steps"},
	{workerBits, "decode-workers"}, {ignoresPool, "decode-workers"}, {stridesIgnored, "decode-views"}, {changesInput, "decode-views"},
	{refusesNothing, "new-state"}, {refusesSomeSets, "new-state"}, {supportsNothing, "new-state"},
}

func TestBugsOfADecoderAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for _, c := range stateBugs {
		t.Run(string(c.bug), func(t *testing.T) {
			v := remembering{bug: c.bug}
			if c.bug == supportsNothing {
				v.plain.bug = c.bug
			}
			mustCatch(t, v, c.rule)
		})
	}
}
