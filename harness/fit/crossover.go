package fit

import "math"

// Crossover is where the slower of two series becomes the faster.
type Crossover struct {
	At     float64 // tokens: where the medians cross, interpolated on logarithmic axes
	Lo, Hi int     // tokens: the last length where it was clearly slower and the first where it is clearly faster
}

// Overtakes returns where a becomes faster than b with growing N, in order. One series is
// faster than another only where their ranges do not overlap: noise on nearly equal
// series makes no crossover, and a crossover spans all lengths whose ranges overlap. Only
// lengths of both series count.
func Overtakes(a, b []Point) []Crossover {
	pairs := common(byLength(a), byLength(b))
	var list []Crossover
	slower := -1 // the last pair where a is clearly slower, with no clearly faster one since
	for i, p := range pairs {
		switch {
		case p.a.Lo > p.b.Hi:
			slower = i
		case p.a.Hi < p.b.Lo:
			if slower >= 0 {
				list = append(list, Crossover{crossing(pairs[slower : i+1]), pairs[slower].n(), p.n()})
			}
			slower = -1
		}
	}
	return list
}

// crossing interpolates where the medians cross for good. a is slower in the
// first pair and faster in the last.
func crossing(pairs []pair) float64 {
	i := len(pairs) - 2
	for pairs[i].gap() <= 0 {
		i--
	}
	before, after := pairs[i].gap(), pairs[i+1].gap()
	lo, hi := math.Log(float64(pairs[i].n())), math.Log(float64(pairs[i+1].n()))
	return math.Exp(lo + (hi-lo)*before/(before-after))
}

// pair is two series at one length.
type pair struct{ a, b Point }

func (p pair) n() int { return p.a.N }

// gap is positive where a is slower.
func (p pair) gap() float64 { return math.Log(p.a.Median / p.b.Median) }

// common pairs the points of equal lengths of two series, each shortest first.
func common(a, b []Point) []pair {
	list := make([]pair, 0, min(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch d := a[0].N - b[0].N; {
		case d < 0:
			a = a[1:]
		case d > 0:
			b = b[1:]
		default:
			list = append(list, pair{a[0], b[0]})
			a, b = a[1:], b[1:]
		}
	}
	return list
}
