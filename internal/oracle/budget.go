package oracle

import (
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

// Expect evaluates one row in float64 and its error budget:
//
//	max(2·err32 + 2 ULP, 6u·max_c(Σ_j p_j·|v_jc - o_c|·A_j + Σ_j p_j·|v_jc|))
//
// err32 is the error of the float32 definition on this row, so that what is
// asked is at most twice the loss of an honest evaluation. The second term is
// the first-order bound of the same sums in another order: a score's rounding is
// at most u·A_j, A_j = |scale|·Σ_c |q_c k_jc| plus what ALiBi and bias add, and
// moves the output by p_j·(v_j - o) times that; the weighted sum itself rounds
// by u·Σ p_j |v_j|.
//
// A sink logit is one more term of the sums, with v = 0 and A = |sink|. A softcap
// passes a score's rounding on by the slope of its tanh and adds that of its own
// result. A key of weight 0 adds nothing, however large its score.
//
// What is not finite has no part in a budget: where the float32 definition
// overflows it excuses nothing, and a column that is NaN or Inf by definition does
// not excuse its neighbours. Such elements are compared by class.
//
// For linear rules see linearBound.
func Expect(p *attn.Problem, a *attn.Args, r Row) Expected {
	if p.Rule.Kind == attn.Recurrent {
		return expectRecurrent(p, a, r.B, r.H, []int{r.I})[0]
	}
	e := Expected{Row: r, Out: make([]float64, p.ValueDim)}
	e.LSE = Eval(p, a, r, e.Out)
	single := make([]float32, p.ValueDim)
	lse32 := float64(Eval(p, a, r, single))

	var err32, ulp float64
	for c, o := range e.Out {
		err32 = larger(err32, math.Abs(float64(single[c])-o))
		ulp = larger(ulp, ulpOf(o))
	}
	bound, slip := firstOrder(p, a, r, e.Out)
	e.Budget = larger(2*err32+2*ulp, 6*u*bound)
	lseErr32, lseULP := larger(0, math.Abs(lse32-e.LSE)), larger(0, ulpOf(e.LSE))
	e.LSEslip = larger(2*lseErr32+2*lseULP, 6*u*slip)
	if past := float64(float32(e.LSE)); !finite(past) {
		e.LSE = past // a float32 can say no more of a sum past its range
	}
	return e
}

// larger is the maximum of a, which is finite, and b, which counts only where it is.
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

// firstOrder is the bound of the output's error and of the LSE's, in units of u.
func firstOrder(p *attn.Problem, a *attn.Args, r Row, out []float64) (bound, lse float64) {
	w := weights[float64](p, a, r)
	if w.sum == 0 {
		return 0, 0
	}
	g := p.KVHead(r.H)
	sums := make([]float64, len(out))
	if p.Rule.Kind == attn.Linear {
		return linearBound(p, a, r, out, w), 0
	}
	if p.SinkLogits != nil {
		sink := float64(p.SinkLogits[r.H])
		weight := math.Exp(sink - w.lse)
		for c, o := range out {
			sums[c] = weight * math.Abs(o) * math.Abs(sink)
		}
		lse = weight * (math.Abs(sink) + 1)
	}
	for _, k := range w.keys {
		weight := k.weight / w.sum
		if weight == 0 {
			continue // its score may be -Inf, and 0·Inf is NaN
		}
		v := a.V.Row(r.B, g, k.index)
		roundings := scoreRoundings(p, a, r, k.index)
		for c, x := range v {
			sums[c] += weight * (math.Abs(float64(x)-out[c])*roundings + math.Abs(float64(x)))
		}
		lse += weight * (roundings + 1)
	}
	for c, s := range sums {
		if finite(out[c]) {
			bound = larger(bound, s)
		}
	}
	return bound, lse + math.Abs(w.lse)
}

// linearBound is the same bound of the sums of linear rules,
//
//	2·max_c(Σ_j p_j·|v_jc| + |o_c|·Σ_j p_j),  p_j = Σ_i |phi_i(q) phi_i(k_j)| / (Σ a + eps)
//
// Numerator and denominator are each two nested sums, over features and over keys,
// in either order; each rounds by u times the sum of its magnitudes. Where all
// features are positive these are the weights a_j themselves. Above and below the
// line are separate sums, so that their errors do not cancel as those of one weight
// do. What the features themselves round is part of their size: see featureSizes.
// Every product may also miss by half the smallest denormal, however small it is.
// A first state is one more term of each sum.
func linearBound(p *attn.Problem, a *attn.Args, r Row, out []float64, w rowWeights[float64]) (bound float64) {
	q, g := featureSizes(p, a, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	sums, total := make([]float64, len(out)), 0.0
	for _, k := range w.keys {
		weight := 0.0
		for i, x := range featureSizes(p, a, a.K.Row(r.B, g, k.index)) {
			weight += q[i]*x + underflow
		}
		weight /= math.Abs(w.sum)
		if weight == 0 {
			continue
		}
		total += weight
		for c, x := range a.V.Row(r.B, g, k.index) {
			sums[c] += weight * math.Abs(float64(x))
		}
	}
	if a.State0.Data != nil {
		for i, z := range a.Norm0.Row(r.B, g, 0) {
			total += q[i] * math.Abs(float64(z)/w.sum)
			for c, s := range a.State0.Row(r.B, g, i) {
				sums[c] += q[i] * math.Abs(float64(s)/w.sum)
			}
		}
	}
	for c, s := range sums {
		if finite(out[c]) {
			bound = larger(bound, 2*(s+math.Abs(out[c])*total))
		}
	}
	return bound
}

// scoreRoundings is A_j of key j, how far its score may be off in units of u.
func scoreRoundings(p *attn.Problem, a *attn.Args, r Row, j int) float64 {
	q, scale := a.Q.Row(r.B, r.H, r.I), p.Scale.Value(p.HeadDim)
	var dot, size float64
	for c, x := range a.K.Row(r.B, p.KVHead(r.H), j) {
		product := float64(q[c]) * float64(x)
		dot, size = dot+product, size+math.Abs(product)
	}
	size *= math.Abs(scale)
	if softcap := float64(p.Softcap); softcap != 0 {
		tanh := math.Tanh(scale * dot / softcap)
		if slope := 1 - tanh*tanh; slope > 0 {
			size *= slope
		} else {
			size = 0 // a score of Inf is capped like any other
		}
		size += softcap * math.Abs(tanh)
	}
	if p.ALiBi != nil {
		size += math.Abs(float64(p.ALiBi[r.H]) * float64(p.Start(r.B)+r.I-j))
	}
	if p.Bias != (attn.BiasShape{}) {
		size += math.Abs(float64(biasOf(p, a, r)[j]))
	}
	return size
}

// ExpectAll evaluates rows on all cores. The result does not depend on how many.
func ExpectAll(p attn.Problem, a attn.Args, rows []Row) []Expected {
	all := make([]Expected, len(rows))
	if p.Rule.Kind == attn.Recurrent {
		groups := sweeps(rows)
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
