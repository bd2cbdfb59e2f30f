package mask

import "math/bits"

// maxCounted bounds the masks of a combination that countIn counts, since each Or counts
// one side twice.
const maxCounted = 6

// VisibleIn counts the keys in [0, n) that the query at position q sees.
func VisibleIn(m Mask, b, h, q, n int) int {
	return int(VisiblePairs(m, b, h, q, q+1, n))
}

// VisiblePairs counts the keys in [0, n) that each query at positions [q0, q1) sees, over all
// of the queries.
func VisiblePairs(m Mask, b, h, q0, q1, n int) (pairs int64) {
	var space [8]Span
	counted := items(m) <= maxCounted
	for q := q0; q < q1; q++ {
		if counted {
			if count, ok := countIn(m, b, h, q, 0, n); ok {
				pairs += int64(count)
				continue
			}
		}
		for _, r := range m.Spans(space[:0], b, h, q, q+1, n) {
			if r.Full {
				pairs += int64(r.Hi - r.Lo)
				continue
			}
			for k0 := r.Lo; k0 < r.Hi; k0 += 64 {
				word := m.Bits(b, h, q, k0)
				if left := r.Hi - k0; left < 64 {
					word &= 1<<left - 1
				}
				pairs += int64(bits.OnesCount64(word))
			}
		}
	}
	return pairs
}

// countIn counts the keys in [lo, hi) that the query at position q sees, in a time that
// depends neither on the keys nor on a period. ok is true of masks that show one range of
// keys, of periodic ones, of an And with a range and of an Or of any of these. A Selection
// takes a time in proportion to its kept blocks.
func countIn(m Mask, b, h, q, lo, hi int) (count int, ok bool) {
	if from, to, ok := rangeOf(m, b, h, q); ok {
		return max(0, min(hi, to)-max(lo, from)), true
	}
	if c, ok := m.(Counter); ok {
		return c.Count(b, h, q, lo, hi)
	}
	return 0, false
}

func rangeOf(m Mask, b, h, q int) (lo, hi int, ok bool) {
	if r, ok := m.(Ranger); ok {
		return r.Range(b, h, q)
	}
	return 0, 0, false
}

// rangeOfOne is the range of one side that has a range, cut to [lo, hi), and the other side.
func (p pair) rangeOfOne(b, h, q, lo, hi int) (from, to int, other Mask, ok bool) {
	other = p.b
	if from, to, ok = rangeOf(p.a, b, h, q); !ok {
		other = p.a
		from, to, ok = rangeOf(p.b, b, h, q)
	}
	from = min(max(lo, from), hi)
	return from, max(from, min(hi, to)), other, ok
}
