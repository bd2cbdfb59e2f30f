package attntest

import (
	"fmt"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// Result says what came of trying one rule.
type Result struct {
	Rule, Sentence string
	Ran            int // cases computed
	Unsupported    int // cases refused with errors.ErrUnsupported
	Violations     []string

	passed, refused []kit.Case
	failed          []kit.Numbered // of each violation
}

// tried tries r with k.
func tried(r kit.Rule, k *kit.Kit) Result {
	k.Run(func() { r.Try(k) })
	return Result{r.Name, r.Sentence, k.Ran, k.Unsupported, k.Violations, k.Passed, k.Refused, k.Failed}
}

// Check tries the named rules, or all of them where none is named. A last result, "reach",
// is violated where no case ran at all.
func Check(v attn.Variant, only ...string) []Result {
	return check(v, false, only...)
}

// check is Check; where one violation is enough, a rule ends at its first.
func check(v attn.Variant, oneEnough bool, only ...string) []Result {
	var results []Result
	for _, r := range rules {
		if len(only) > 0 && !slices.Contains(only, r.Name) {
			continue
		}
		k := kit.New(v)
		k.OneEnough = oneEnough
		results = append(results, tried(r, k))
	}
	return append(results, reach(results))
}

// reach is the result of all others together: some case must have run.
func reach(results []Result) Result {
	all := Result{Rule: "reach", Sentence: "The variant supports at least one Problem."}
	for _, r := range results {
		all.Ran += r.Ran
		all.Unsupported += r.Unsupported
	}
	if all.Ran == 0 {
		all.Violations = []string{fmt.Sprintf("no case ran: %d were unsupported", all.Unsupported)}
		all.failed = make([]kit.Numbered, 1)
	}
	return all
}
