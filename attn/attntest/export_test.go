package attntest

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/attntest/internal/staterules"
)

// Catches tries v on the named rule up to its first violation, which it returns.
func Catches(v attn.Variant, rule string) (violation string, caught bool) {
	r := check(v, true, rule)[0]
	return first(r.Violations), len(r.Violations) > 0
}

// TrySeeds tries v on the seeds of Fuzz; where one is enough up to the first violation.
func TrySeeds(v attn.Variant, oneEnough bool) (ran int, violations []string) {
	k := kit.New(v)
	k.OneEnough = oneEnough
	k.Run(func() {
		for _, data := range fuzzSeeds() {
			tryInvented(k, invent.Forward(data))
		}
	})
	return k.Ran, k.Violations
}

// TryStateSeeds tries v on the seeds of FuzzState; where one is enough up to the first
// violation.
func TryStateSeeds(v attn.Variant, oneEnough bool) (ran int, violations []string) {
	k := kit.New(v)
	k.OneEnough = oneEnough
	k.Run(func() {
		for _, data := range staterules.Seeds() {
			staterules.TryHistory(k, data)
		}
	})
	return k.Ran, k.Violations
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
