package oracle

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"attnbench/attn"
)

// Expected is what a row must be, and by how much it may be missed.
type Expected struct {
	Row       Row
	Out       []float64 // [Dv]
	Budget    []float64 // [Dv]: how far each element of Out may be off
	Range     []Range   // [Dv]: where each must lie; nil where Out need not be a mean
	LSE       float64
	LSEBudget float64

	// Where scores, or the sums of a column, may exceed float32 on the way, all of the row or
	// the column may be NaN or Inf as well.
	ScoresOverflow bool
	Overflow       []bool // [Dv], or nil
}

// mayOverflow reports whether column c may be NaN or Inf.
func (e *Expected) mayOverflow(c int) bool {
	return e.ScoresOverflow || e.Overflow != nil && e.Overflow[c]
}

// overflow notes the columns whose sums may reach the given sizes.
func (e *Expected) overflow(size func(c int) float64) {
	for c, o := range e.Out {
		if finite(o) && !(size(c) < maxFloat) {
			if e.Overflow == nil {
				e.Overflow = make([]bool, len(e.Out))
			}
			e.Overflow[c] = true
		}
	}
}

// Range is that of the visible values of a column. Rounding may lead out of it by Slack times
// the end that it passes, and by Underflow.
type Range struct{ Min, Max, Slack, Underflow float64 }

// width is the largest error within the range.
func (r Range) width() float64 {
	return r.Max - r.Min + r.Slack*max(math.Abs(r.Min), math.Abs(r.Max)) + r.Underflow
}

// beyond is how far x lies outside of the range, over what rounding explains.
func (r Range) beyond(x float64) float64 {
	switch {
	case x < r.Min:
		return min((r.Min-x)/(r.Slack*math.Abs(r.Min)+r.Underflow), beyond)
	case x > r.Max:
		return min((x-r.Max)/(r.Slack*math.Abs(r.Max)+r.Underflow), beyond)
	}
	return 0
}

// Times is e where V is multiplied by a power of two or its negative, which no order of
// evaluation rounds.
func (e Expected) Times(by float64) Expected {
	size := math.Abs(by)
	out, budget := make([]float64, len(e.Out)), make([]float64, len(e.Out))
	for c := range out {
		out[c], budget[c] = by*e.Out[c], size*e.Budget[c]+denormal
	}
	e.Out, e.Budget = out, budget
	e.Range = slices.Clone(e.Range)
	for c, r := range e.Range {
		if r.Min, r.Max = by*r.Min, by*r.Max; by < 0 {
			r.Min, r.Max = r.Max, r.Min
		}
		r.Underflow *= max(1, size)
		e.Range[c] = r
	}
	return e
}

// Expect evaluates one row in float64, and bounds the rounding of every order of evaluation
// that package attn lists: see rounding.go, and the files named budget for each rule.
//
// What is not finite has no part in a budget: a column that is NaN or Inf by definition does
// not excuse its neighbours. Such elements are compared by class.
func Expect(p *attn.Problem, a *attn.Args, r Row) Expected {
	if p.Rule.Kind == attn.Recurrent {
		return expectRecurrent(p, a, r.B, r.H, []int{r.I})[0]
	}
	e, keys := Expected{Row: r, Out: make([]float64, p.ValueDim)}, visibleKeys(p, a, r)
	if p.Rule.Kind == attn.Linear {
		linearBudget(p, a, keys, linear(p, a, r, keys, e.Out), &e)
		return e
	}
	w := softmax(p, a, r, keys, e.Out)
	e.LSE = w.lse
	softmaxBudget(p, a, keys, w, &e)
	if past := float64(float32(e.LSE)); !finite(past) {
		e.LSE = past // a float32 can say no more of a sum past its range
	}
	return e
}

// larger is the maximum of a, which is finite, and b, which counts only if b is finite.
func larger(a, b float64) float64 {
	if b > a && finite(b) {
		return b
	}
	return a
}

// ExpectAll evaluates rows on all cores. The result does not depend on how many.
func ExpectAll(p attn.Problem, a attn.Args, rows []Row) []Expected {
	all := make([]Expected, len(rows))
	if p.Rule.Kind == attn.Recurrent {
		groups := byHead(rows)
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

// byHead groups the indices of rows by batch entry and head: each group is one pass.
func byHead(rows []Row) (groups [][]int) {
	at := map[[2]int]int{}
	for n, r := range rows {
		key := [2]int{r.B, r.H}
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], n)
	}
	return groups
}

// onAllCores calls f for 0 .. n-1.
func onAllCores(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wg.Wait()
}
