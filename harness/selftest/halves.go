package selftest

import (
	"math/rand/v2"
	"slices"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

const (
	// Halvings are enough to tell 1 % from 2 %.
	Halvings = 1000
	// Slowed is by how much one half is made slower.
	Slowed = 0.05
	// MaxFalse is the share of comparisons of a run with itself that may find a difference, and
	// MinPower the share of points slowed by 5 % that must be found on a quiet machine.
	MaxFalse = 0.01
	MinPower = 0.95

	// needShare: fewer visits are drawn in this part of the halvings.
	needShare = 5
)

// Halves is what comparing two halves of one run says of the comparison.
type Halves struct {
	Run      verdict.Run
	Points   int
	Visits   int // of each point, at least
	Halvings int
	// False is the share of halvings in which any point was called faster or slower.
	False float64
	// Power is the share of points that are called slower, where all of one half take 5 % longer.
	Power float64
	// Needs is the number of visits to each point from which on the power is reached, up to half
	// of Visits; 0: more.
	Needs int
}

// Compare halves the visits of a record at random, so many times, and compares the halves as
// two runs are compared. Visits of one round stay together: what disturbs it disturbs all of
// its points.
func Compare(s result.Sweep, halvings int) Halves {
	rng := rand.New(rand.NewPCG(1, 2))
	h := Halves{Run: verdict.Of(s), Points: len(s.Points), Halvings: halvings}
	points := slices.Clone(s.Points)
	for i := range points {
		p := &points[i]
		p.Visited = slices.DeleteFunc(slices.Clone(p.Visited), func(v result.Visit) bool { return !v.Timed() })
		if n := len(p.Visited); i == 0 || n < h.Visits {
			h.Visits = n
		}
	}
	half := h.Visits / 2
	wrong := 0
	for range halvings {
		for _, c := range compared(h.Run, points, rng.Perm(h.Visits), half, 1) {
			if c.Verdict == verdict.Faster || c.Verdict == verdict.Slower {
				wrong++
				break
			}
		}
	}
	h.False = float64(wrong) / float64(halvings)
	h.Power = power(h.Run, points, rng, h.Visits, half, halvings)
	for n := verdict.MinVisits; n <= half; n++ {
		if power(h.Run, points, rng, h.Visits, n, halvings/needShare) >= MinPower {
			h.Needs = n
			break
		}
	}
	return h
}

// power is the share of points that are found with n visits to each.
func power(r verdict.Run, points []result.Point, rng *rand.Rand, visits, n, halvings int) float64 {
	found := 0
	for range halvings {
		for _, c := range compared(r, points, rng.Perm(visits), n, 1+Slowed) {
			if c.Verdict == verdict.Slower {
				found++
			}
		}
	}
	return float64(found) / float64(max(1, halvings*len(points)))
}

// compared are the verdicts on the first n visits of an order, and on the n after them, whose
// times are multiplied. The order is the same for all points.
func compared(r verdict.Run, points []result.Point, order []int, n int, by float64) []verdict.Change {
	pairs := make([]verdict.Pair, len(points))
	for i, p := range points {
		a, b := p, p
		a.Visited, b.Visited = make([]result.Visit, n), make([]result.Visit, n)
		for k := range n {
			a.Visited[k], b.Visited[k] = p.Visited[order[k]], p.Visited[order[n+k]]
			b.Visited[k].MedianNS = int64(float64(b.Visited[k].MedianNS) * by)
		}
		pairs[i] = verdict.Pair{A: a, B: b}
	}
	return verdict.Changes(r, r, pairs)
}
