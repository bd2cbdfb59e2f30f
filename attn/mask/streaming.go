package mask

import "math"

// Streaming takes apart a mask under which a query sees the left keys before its own,
// and of the earlier ones the first sinks only: a causal window, [StreamingLLM], and
// windows, Sinks and Global combined to the same effect.
func Streaming(m Mask) (sinks, left int, ok bool) {
	sinks, left, ok = stream(m)
	if !ok || left < 0 || left == OpenSide || !IsCausal(m) {
		return 0, -1, false
	}
	return sinks, left, true
}

// OpenSide is the left of a [Streamer] that is open there.
const OpenSide = math.MaxInt

func stream(m Mask) (sinks, left int, ok bool) {
	if s, ok := m.(Streamer); ok {
		return s.Stream()
	}
	return 0, -1, false
}
