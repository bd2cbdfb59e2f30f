package oracle

import (
	"math"

	"attnbench/attn"
)

// softmaxBound bounds the errors of the output and of the LSE, in units of u:
//
//	max_c(Σ_j p_j·|v_jc - o_c|·A_j + Σ_j p_j·|v_jc|)
//
// A score's rounding is at most u·A_j, A_j = |scale|·Σ_c |q_c k_jc| plus what ALiBi and
// bias add, and moves the output by p_j·(v_j - o) times that; the weighted sum itself
// rounds by u·Σ p_j |v_j|.
//
// A sink logit is one more term of the sums, with v = 0 and A = |sink|. A softcap
// passes a score's rounding on by the slope of its tanh, and adds the rounding of
// its own result. A key of weight 0 adds nothing, however large its score.
func softmaxBound(p *attn.Problem, a *attn.Args, r Row, keys []int, out []float64) (bound, lse float64) {
	w := softmaxWeights[float64](p, a, r, keys)
	if w.sum == 0 {
		return 0, 0
	}
	g, sums := p.KVHead(r.H), make([]float64, len(out))
	if p.SinkLogits != nil {
		sink := float64(p.SinkLogits[r.H])
		weight := math.Exp(sink - w.lse)
		for c, o := range out {
			sums[c] = weight * math.Abs(o) * math.Abs(sink)
		}
		lse = weight * (math.Abs(sink) + 1)
	}
	for n, weight := range w.keys {
		weight /= w.sum
		if weight == 0 {
			continue // its score may be -Inf, and 0·Inf is NaN
		}
		v := a.V.Row(r.B, g, keys[n])
		roundings := scoreRoundings(p, a, r, keys[n])
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
