package mask

// IsCausal reports whether m is known to show no key past a query's own position,
// which is 0 or more. True of a causal window, Strided and Fixed, of patterns too narrow to
// reach a later key, of an And with one of these and of an Or of nothing else.
func IsCausal(m Mask) bool {
	c, ok := m.(CausalMask)
	return ok && c.IsCausal()
}
