package attntest

import "attnbench/attn"

// TrySeeds tries v on the seeds of Fuzz.
func TrySeeds(v attn.Variant) (ran int, violations []string) {
	k := &kit{v: v, traits: attn.TraitsOf(v)}
	for _, data := range fuzzSeeds() {
		k.tryInvented(invent(data))
	}
	return k.ran, k.violations
}

// TryStateSeeds tries v on the seeds of FuzzState.
func TryStateSeeds(v attn.Variant) (ran int, violations []string) {
	k := &kit{v: v, traits: attn.TraitsOf(v)}
	for _, data := range stateSeeds() {
		k.tryHistory(data)
	}
	return k.ran, k.violations
}
