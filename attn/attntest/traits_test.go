package attntest_test

import (
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
)

// owning is plain with a bug that is none once Traits say so.
type owning struct {
	plain
	traits attn.Traits
}

func (v owning) Traits() attn.Traits { return v.traits }

// A serial kernel, one with threads or memory of its own and one whose roundings depend on
// the workers keep every rule once they say so; without the word the rule names it.
func TestTraitsAreTakenAtTheirWord(t *testing.T) {
	for _, c := range []struct {
		bug        bug
		rule, word string
		traits     attn.Traits
	}{
		{ignoresPool, "pool", "Traits.Serial", attn.Traits{Serial: true}},
		{ignoresPool, "pool", "Traits.OwnThreads", attn.Traits{OwnThreads: true}},
		{hidesScratch, "memory", "Traits.OwnMemory", attn.Traits{OwnMemory: true}},
		{hiddenAlloc, "allocation", "Traits.Allocates", attn.Traits{Allocates: true}},
		{workerBits, "workers", "Traits.RoundsByWorkers", attn.Traits{RoundsByWorkers: true}},
	} {
		if violation, caught := attntest.Catches(plain{c.bug}, c.rule); !caught || !strings.Contains(violation, c.word) {
			t.Errorf("%s: %q: want the name %s", c.bug, violation, c.word)
		}
		if violation, caught := attntest.Catches(owning{plain{c.bug}, c.traits}, c.rule); caught {
			t.Errorf("%s, and Traits say %v: %s", c.bug, c.traits.Words(), violation)
		}
	}
	if _, caught := attntest.Catches(owning{plain{}, attn.Traits{Serial: true}}, "pool"); !caught {
		t.Error("a variant that uses the pool and says that it is serial keeps the rule of pools")
	}
	// Other errors than roundings remain errors.
	if _, caught := attntest.Catches(owning{plain{relativeError}, attn.Traits{RoundsByWorkers: true}}, "agreement"); !caught {
		t.Error("a relative error of 1e-4 passes for a rounding")
	}
}
