package attntest

import "attnbench/attn"

// Catches tries v on the named rule up to its first violation, which it returns.
func Catches(v attn.Variant, rule string) (violation string, caught bool) {
	r := check(v, true, rule)[0]
	return first(r.Violations), len(r.Violations) > 0
}

// TrySeeds tries v on the seeds of Fuzz; where one is enough up to the first violation.
func TrySeeds(v attn.Variant, oneEnough bool) (ran int, violations []string) {
	k := &kit{v: v, traits: attn.TraitsOf(v), oneEnough: oneEnough}
	k.run(func() {
		for _, data := range fuzzSeeds() {
			k.tryInvented(invent(data))
		}
	})
	return k.ran, k.violations
}

// TryStateSeeds tries v on the seeds of FuzzState; where one is enough up to the first
// violation.
func TryStateSeeds(v attn.Variant, oneEnough bool) (ran int, violations []string) {
	k := &kit{v: v, traits: attn.TraitsOf(v), oneEnough: oneEnough}
	k.run(func() {
		for _, data := range stateSeeds() {
			k.tryHistory(data)
		}
	})
	return k.ran, k.violations
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
