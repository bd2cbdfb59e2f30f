package mask

// IsCausal reports whether m is known to show no key past a query's own position,
// which is 0 or more: a causal window, Strided, Fixed, what shows no such key because
// it is so narrow, an And with one of these or an Or of nothing else.
func IsCausal(m Mask) bool {
	c, ok := m.(CausalMask)
	return ok && c.IsCausal()
}
