package mask

// IsCausal reports whether m is known to show no key past a query's own position,
// which is 0 or more: a causal window, Strided, Fixed, what shows no such key because
// it is so narrow, an And with one of these or an Or of nothing else.
func IsCausal(m Mask) bool {
	switch m := m.(type) {
	case Window:
		return m.Right == 0
	case Dilated:
		return m.Right == 0
	case BlockWindow:
		return m.Block == 1 && m.Right == 0
	case Sinks:
		return m.Tokens <= 1
	case Global:
		return m.Tokens == 0
	case RandomBlocks:
		return m.Count == 0
	case Strided, Fixed:
		return true
	case both:
		return IsCausal(m.a) || IsCausal(m.b)
	case either:
		return IsCausal(m.a) && IsCausal(m.b)
	}
	return false
}
