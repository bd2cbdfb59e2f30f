package attntest

import (
	"pgregory.net/rapid"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/attntest/internal/staterules"
)

// Catches tries v on the named rule up to its first violation, which it returns.
func Catches(v attn.Variant, rule string) (violation string, caught bool) {
	r := check(v, true, rule)[0]
	return first(r.Violations), len(r.Violations) > 0
}

// Summary is what Run says of many cases.
func Summary(results []Result) string { return summary(results) }

// TrySeeds tries v on the seeds of Fuzz, up to the first violation where one is enough.
func TrySeeds(v attn.Variant, oneEnough bool) (ran int, violations []string) {
	k := kit.New(v)
	k.OneEnough = oneEnough
	k.Run(func() {
		for _, data := range fuzzSeeds() {
			tryBytes(k, data)
		}
	})
	return k.Ran, k.Violations
}

// TryStateSeeds is TrySeeds of FuzzState.
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

// TryDrawn tries v on Problems that rapid draws, as Fuzz does, up to the first violation.
func TryDrawn(v attn.Variant) (ran int, violation string) { return tryExamples(v, tryDrawn) }

// TryDrawnStates is TryDrawn of FuzzState.
func TryDrawnStates(v attn.Variant) (ran int, violation string) {
	return tryExamples(v, staterules.DrawHistory)
}

func tryExamples(v attn.Variant, draw func(*kit.Kit, *rapid.T)) (ran int, violation string) {
	examples := rapid.Custom(func(t *rapid.T) *kit.Kit {
		k := kit.New(v)
		draw(k, t)
		return k
	})
	for i := range 100 {
		k := examples.Example(i)
		if ran += k.Ran; len(k.Violations) > 0 {
			return ran, k.Violations[0]
		}
	}
	return ran, ""
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
