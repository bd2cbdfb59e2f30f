package verdict

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// mannWhitney is the two-sided p of the test.
func mannWhitney(a, b []int64) float64 {
	sample := func(ns []int64) *benchmath.Sample {
		x := make([]float64, len(ns))
		for i, t := range ns {
			x[i] = float64(t)
		}
		slices.Sort(x)
		return benchmath.NewSample(x, &benchmath.DefaultThresholds)
	}
	return benchmath.AssumeNothing.Compare(sample(a), sample(b)).P
}

// discoveries says which p-values hold where a share of at most level among those that hold
// may be false: Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, 1995.
func discoveries(p []float64, level float64) []bool {
	order := slices.Clone(p)
	slices.Sort(order)
	bound := -1.0
	for k, x := range order {
		if x <= level*float64(k+1)/float64(len(p)) {
			bound = x
		}
	}
	holds := make([]bool, len(p))
	for i, x := range p {
		holds[i] = x <= bound
	}
	return holds
}

// ratios is the distribution-free interval of 95 % of the ratio of b over a: of all ratios
// of two visits those that the Mann-Whitney test would not refuse (M. Hollander, D. A. Wolfe
// and E. Chicken, Nonparametric Statistical Methods, 4.3). Of too few visits, all of them.
func ratios(a, b []int64) (lo, hi float64) {
	all := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, float64(y)/float64(x))
		}
	}
	slices.Sort(all)
	k := max(1, criticalU(len(a), len(b)))
	return all[k-1], all[len(all)-k]
}

// exactVisits bounds the sets of which the distribution of U is computed; of larger ones the
// normal distribution is close.
const exactVisits = 40

// criticalU is the number of U, from 0, whose probability together is at most 2.5 %.
func criticalU(n, m int) int {
	if max(n, m) > exactVisits {
		mean, sd := float64(n*m)/2, math.Sqrt(float64(n*m*(n+m+1))/12)
		return int(mean - 1.959964*sd)
	}
	u := stats.UDist{N1: n, N2: m}
	k := 0
	for u.CDF(float64(k)) <= (1-confidence)/2 {
		k++
	}
	return k
}

// separable is the number of visits to each of two points with which the test can hold at a
// level: as many as make the clearest outcome, all of one below all of the other, rare enough.
func separable(level float64) int {
	n := MinVisits
	for ; n < exactVisits; n++ {
		if 2*math.Exp(2*logFactorial(n)-logFactorial(2*n)) <= level {
			break
		}
	}
	return n
}

func logFactorial(n int) float64 {
	x, _ := math.Lgamma(float64(n + 1))
	return x
}
