package oracle

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"attnbench/attn"
)

// u is the unit roundoff of float32.
const u = 1.0 / (1 << 24)

// Expected is what a row must be, and by how much it may be missed.
type Expected struct {
	Row     Row
	Out     []float64 // [Dv]
	LSE     float64
	Budget  float64 // of every element of Out
	LSEslip float64 // of LSE
}

// Expect evaluates one row in float64, and the error budget of the row:
//
//	max(2·err32 + 2 ULP, bound)
//
// err32 is the error of the float32 definition on this row, so that the budget is at
// least twice the loss of an honest evaluation. The bound is the first-order one on the
// rounding of the same sums in another order: see softmaxBound, linearBound and
// recurrentBound.
//
// Only finite numbers count in a budget: a float32 definition that overflows excuses
// nothing, and a column that is NaN or Inf by definition does not excuse other columns.
// Compare sees only whether such elements are finite.
func Expect(p *attn.Problem, a *attn.Args, r Row) Expected {
	if p.Rule.Kind == attn.Recurrent {
		return expectRecurrent(p, a, r.B, r.H, []int{r.I})[0]
	}
	e := Expected{Row: r, Out: make([]float64, p.ValueDim)}
	e.LSE = Eval(p, a, r, e.Out)
	single := make([]float32, p.ValueDim)
	lse32 := float64(Eval(p, a, r, single))

	keys, slip := visibleKeys(p, a, r), 0.0
	if p.Rule.Kind == attn.Linear {
		e.Budget = 6 * u * linearBound(p, a, r, keys, e.Out)
	} else {
		var bound float64
		bound, slip = softmaxBound(p, a, r, keys, e.Out)
		e.Budget = 6 * u * bound
	}
	e.allow(single)
	e.LSEslip = larger(2*larger(0, math.Abs(lse32-e.LSE))+2*larger(0, ulpOf(e.LSE)), 6*u*slip)
	if past := float64(float32(e.LSE)); !finite(past) {
		e.LSE = past // a float32 can say no more of a sum past its range
	}
	return e
}

// allow raises the budget to twice the error of the float32 definition and two ULP.
func (e *Expected) allow(single []float32) {
	var err32, ulp float64
	for c, o := range e.Out {
		err32 = larger(err32, math.Abs(float64(single[c])-o))
		ulp = larger(ulp, ulpOf(o))
	}
	e.Budget = larger(2*err32+2*ulp, e.Budget)
}

// larger is the maximum of a, which is finite, and b, which counts only if b is finite.
func larger(a, b float64) float64 {
	if b > a && finite(b) {
		return b
	}
	return a
}

// ulpOf is the distance from |x| to the next float32.
func ulpOf(x float64) float64 {
	f := float32(math.Abs(x))
	return float64(math.Nextafter32(f, math.MaxFloat32)) - float64(f)
}

// ExpectAll evaluates rows on all cores. The result does not depend on how many.
func ExpectAll(p attn.Problem, a attn.Args, rows []Row) []Expected {
	all := make([]Expected, len(rows))
	if p.Rule.Kind == attn.Recurrent {
		heads := map[Row][]int{} // indices of rows: one head is one pass over the keys
		for n, r := range rows {
			head := Row{r.B, r.H, 0}
			heads[head] = append(heads[head], n)
		}
		groups := slices.Collect(maps.Values(heads))
		onAllCores(len(groups), func(i int) {
			group := groups[i]
			slices.SortFunc(group, func(x, y int) int { return rows[x].I - rows[y].I })
			list := make([]int, len(group))
			for n, at := range group {
				list[n] = rows[at].I
			}
			for n, e := range expectRecurrent(&p, &a, rows[group[0]].B, rows[group[0]].H, list) {
				all[group[n]] = e
			}
		})
		return all
	}
	onAllCores(len(rows), func(i int) { all[i] = Expect(&p, &a, rows[i]) })
	return all
}

// onAllCores calls f for 0 .. n-1.
func onAllCores(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
