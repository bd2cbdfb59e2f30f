package mask

// mostCounted bounds the masks of a combination that countIn is asked about: each Or
// asks about both sides twice.
const mostCounted = 6

// countIn counts the keys in [lo, hi) that the query at position q sees, in a time
// that depends neither on the keys nor on a period, for the masks of which ok is
// true: those that see one range of keys, the periodic ones, an And with a range,
// and an Or of any of these. A Selection takes as long as what it keeps.
func countIn(m Mask, b, h, q, lo, hi int) (count int, ok bool) {
	if from, to, ok := rangeOf(m, b, h, q); ok {
		return max(0, min(hi, to)-max(lo, from)), true
	}
	switch m := m.(type) {
	case Strided:
		recent := Window{Left: m.Stride}
		count, _ := countIn(recent, b, h, q, lo, hi)
		return count + congruent(lo, min(hi, q-m.Stride), q, m.Stride), true
	case Fixed:
		own := max(q, 0) / m.Block * m.Block
		count := max(0, min(hi, q+1)-max(lo, own))
		before := max(lo, min(hi, own, q+1))
		return count + m.summariesBelow(before) - m.summariesBelow(lo), true
	case Dilated:
		within := m.window()
		from, to := within.keys(q)
		return congruent(max(lo, from), min(hi, to), q, m.Step), true
	case *Selection:
		return m.count(b, h, q, lo, hi), true
	case both:
		for _, x := range [2][2]Mask{{m.a, m.b}, {m.b, m.a}} {
			if from, to, ok := rangeOf(x[0], b, h, q); ok {
				lo = max(lo, from)
				return countIn(x[1], b, h, q, lo, max(lo, min(hi, to)))
			}
		}
	case either: // what both see is counted twice
		x, okX := countIn(m.a, b, h, q, lo, hi)
		y, okY := countIn(m.b, b, h, q, lo, hi)
		if okX && okY {
			twice, ok := countIn(both{m.a, m.b}, b, h, q, lo, hi)
			return x + y - twice, ok
		}
	}
	return 0, false
}

// rangeOf is what the query at position q sees of keys without end, where that is
// one range for any query.
func rangeOf(m Mask, b, h, q int) (lo, hi int, ok bool) {
	switch m := m.(type) {
	case Window:
		lo, hi = m.keys(q)
	case BlockWindow:
		lo, hi = m.keys(q)
	case Sinks:
		hi = m.Tokens
	case Global:
		if hi = m.Tokens; q < m.Tokens {
			hi = endless
		}
	case *Documents:
		if i := m.at(q); q >= 0 && i < len(m.ends) {
			lo, hi = m.keys(i)
		}
	case both:
		x, xEnd, okX := rangeOf(m.a, b, h, q)
		y, yEnd, okY := rangeOf(m.b, b, h, q)
		if !okX || !okY {
			return 0, 0, false
		}
		lo, hi = max(x, y), min(xEnd, yEnd)
	default:
		return 0, 0, false
	}
	return lo, hi, true
}

// congruent counts the numbers of [lo, hi), lo not negative, that are q modulo step.
func congruent(lo, hi, q, step int) int {
	if lo >= hi {
		return 0
	}
	first := (q - lo) % step
	if first < 0 {
		first += step
	}
	return max(0, hi-lo-first+step-1) / step
}
