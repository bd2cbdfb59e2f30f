package mask

import "math"

// Streaming takes apart a mask under which a query sees the left keys before its own,
// and of the earlier ones the first sinks only: a causal window, [StreamingLLM], and
// windows, Sinks and Global combined to the same effect.
func Streaming(m Mask) (sinks, left int, ok bool) {
	sinks, left, ok = stream(m)
	if !ok || left < 0 || left == openSide || !IsCausal(m) {
		return 0, -1, false
	}
	return sinks, left, true
}

// openSide is the left of a window that is open there.
const openSide = math.MaxInt

// stream is what m shows of the keys up to a query's own: the first sinks, and those
// from left before it on, none where left is -1.
func stream(m Mask) (sinks, left int, ok bool) {
	switch m := m.(type) {
	case Window:
		if m.Left < 0 {
			return 0, openSide, true
		}
		return 0, m.Left, true
	case Sinks:
		return m.Tokens, -1, true
	case Global: // the first queries see all that is there
		return m.Tokens, -1, true
	case either:
		s1, l1, ok1 := stream(m.a)
		s2, l2, ok2 := stream(m.b)
		return max(s1, s2), max(l1, l2), ok1 && ok2
	case both:
		s1, l1, ok1 := stream(m.a)
		s2, l2, ok2 := stream(m.b)
		switch {
		case l1 == openSide:
			return s2, l2, ok1 && ok2
		case l2 == openSide:
			return s1, l1, ok1 && ok2
		}
		// Otherwise one must lie within the other.
		nested := s1 <= s2 && l1 <= l2 || s2 <= s1 && l2 <= l1
		return min(s1, s2), min(l1, l2), ok1 && ok2 && nested
	}
	return 0, -1, false
}
