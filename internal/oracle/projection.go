package oracle

import (
	"math"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
)

// A projection of a row is Σ_c r_c·x_c with random signs r. It tells two outputs apart in
// one number for each row: rows x and y of which one is wrong differ by about |x - y| in
// their projections, since errors cancel under few r alone. So all rows of a point can be
// compared with a second way to compute them, without memory for a second output. What
// differs most is then for the oracle to decide.

// Signs are r [Dv].
func Signs(dv int, seed uint64) []float64 {
	rng, r := rand.New(rand.NewPCG(seed, 0x7369676e73)), make([]float64, dv)
	for c := range r {
		r[c] = float64(1 - 2*rng.IntN(2))
	}
	return r
}

// Project returns the projections of all rows of out, [B·Hq·Nq].
func Project(out attn.Tensor, r []float64) []float64 {
	heads, rows := out.Shape[1], out.Shape[2]
	all := make([]float64, out.Shape[0]*heads*rows)
	onAllCores(out.Shape[0]*heads, func(head int) {
		for i := range rows {
			for c, x := range out.Row(head/heads, head%heads, i) {
				all[head*rows+i] += r[c] * float64(x)
			}
		}
	})
	return all
}

// PairBound bounds the difference of the projections of two float32 evaluations of each
// softmax row, [B·Hq·Nq], from maxima alone. With o the definition and V the largest |v_jc|
// of the head,
//
//	|r·(x - y)| <= Σ_c(|x_c - o_c| + |y_c - o_c|) <= 2·Dv·V·min(2, e^(2δ) - 1 + 2·w)
//
// A score is off by at most δ = u·((D + 8)·|scale|·|q|·max_j|k_j| + 8·(softcap, ALiBi's and
// the bias's largest)), by Cauchy and Schwarz, and a normalised weight by the factor
// e^(2δ). Sums over n keys, above and below the line, each round by w = u·(8√n + 32):
// the probabilistic constant of Higham and Mary (2019) and the roundings of exp, of
// rescaling and of the division. The bound is loose, some ten times what one meets: it
// tells a wrong row, not one that is wrong by a few roundings, which are the business of
// the rows that the oracle evaluates. It is not finite where a key's numbers are not.
func PairBound(p *attn.Problem, a *attn.Args) []float64 {
	bound := make([]float64, p.Batch*p.QHeads*p.QLen)
	scale := math.Abs(p.Scale.Value(p.HeadDim))
	bias := largest(a.Bias.Data)
	w := u * (8*math.Sqrt(float64(p.KVLen)) + 32)
	keys, values := make([]float64, p.Batch*p.KVHeads), make([]float64, p.Batch*p.KVHeads)
	onAllCores(len(keys), func(i int) {
		for j := range p.KVLen {
			keys[i] = max(keys[i], length(a.K.Row(i/p.KVHeads, i%p.KVHeads, j)))
			values[i] = max(values[i], largest(a.V.Row(i/p.KVHeads, i%p.KVHeads, j)))
		}
	})
	onAllCores(p.Batch*p.QHeads, func(head int) {
		b, h := head/p.QHeads, head%p.QHeads
		g := b*p.KVHeads + p.KVHead(h)
		added := float64(p.Softcap) + bias
		if p.ALiBi != nil {
			added += math.Abs(float64(p.ALiBi[h])) * float64(max(p.KVLen, p.Start(b)+p.QLen))
		}
		for i := range p.QLen {
			slip := u * (float64(p.HeadDim+8)*scale*length(a.Q.Row(b, h, i))*keys[g] + 8*added)
			bound[head*p.QLen+i] = 2 * float64(p.ValueDim) * values[g] * min(2, math.Expm1(2*slip)+2*w)
		}
	})
	return bound
}

// length is the Euclidean length of a row.
func length(row []float32) float64 {
	sum := 0.0
	for _, x := range row {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// largest is the largest finite magnitude.
func largest(row []float32) (size float64) {
	for _, x := range row {
		size = larger(size, math.Abs(float64(x)))
	}
	return size
}

// ProjectedRules reports whether Projected can evaluate p.
func ProjectedRules(p *attn.Problem, a *attn.Args) bool {
	mask := p.VisibilityMask()
	return p.Rule.Kind != attn.Softmax && p.Rule.Feature != attn.Favor && a.State0.Data == nil &&
		(mask == attn.Causal() || mask == attn.Full())
}

// Projected evaluates the definition of the linear family on V·r in float64: Out is linear
// in V, so that a state S [M, Dv] becomes the vector S·r [M], and all rows cost O(M) each
// and not O(M·Dv). It returns the projections of all rows and their sizes, what their
// roundings are proportional to, both [B·Hq·Nq].
//
// The rows are those of the definition under causal and full masks: under either a row
// sees a prefix of the keys, which never shrinks from row to row.
func Projected(p *attn.Problem, a *attn.Args, r []float64) (rows, sizes []float64) {
	rows, sizes = make([]float64, p.Batch*p.QHeads*p.QLen), make([]float64, p.Batch*p.QHeads*p.QLen)
	narrow := *p
	narrow.ValueDim = 1
	group := p.QHeads / p.KVHeads
	onAllCores(p.Batch*p.KVHeads, func(i int) {
		b, g := i/p.KVHeads, i%p.KVHeads
		s := projectedState{state: newState[float64](&narrow, a, b, g*group), r: r}
		if p.Rule.Kind == attn.Linear {
			s.sum, s.norm = make([]float64, p.Features()), make([]float64, p.Features())
		}
		for row := range p.QLen {
			for s.taken < s.seen(row) {
				s.update()
			}
			for h := g * group; h < (g+1)*group; h++ {
				at := (b*p.QHeads+h)*p.QLen + row
				rows[at], sizes[at] = s.output(h, row)
			}
		}
	})
	return rows, sizes
}

// projectedState is the state of one key/value head times r: S·r [M, 1] of a recurrent
// rule, or the sums [M] of features times values and of features of a linear rule.
type projectedState struct {
	*state[float64]
	r         []float64
	sum, norm []float64
	size      float64 // a bound of the length of S·r, or the largest Σ_c|v_jc| of a mean
}

func (s *projectedState) update() {
	j, value, magnitude := s.taken, 0.0, 0.0
	for c, x := range s.a.V.Row(s.b, s.g, j) {
		value += s.r[c] * float64(x)
		magnitude += math.Abs(float64(x))
	}
	row := s.a.K.Row(s.b, s.g, j)
	if s.p.Rule.Kind == attn.Linear {
		s.taken++
		for i, x := range featureMap[float64](s.p, row) {
			s.sum[i] += x * value
			s.norm[i] += x
		}
		s.size = max(s.size, magnitude)
		return
	}
	decay, k, v := s.decay(), wide[float64](row), []float64{value}
	if s.p.Rule.Delta {
		beta := float64(s.a.Beta.Row(s.b, s.g, j)[0])
		delta(s.s, decay, k, v, beta)
		magnitude *= math.Abs(beta)
	} else {
		gated(s.s, decay, k, v)
	}
	s.taken++
	s.size = slices.Max(decay)*s.size + length(row)*magnitude
}

func (s *projectedState) output(h, row int) (out, size float64) {
	q := s.a.Q.Row(s.b, h, row)
	if s.p.Rule.Kind == attn.Recurrent {
		scale := s.p.Scale.Value(s.p.HeadDim)
		for i, x := range q {
			out += float64(x) * s.s[i][0]
		}
		return scale * out, math.Abs(scale) * length(q) * s.size
	}
	below := float64(s.p.Rule.Eps)
	for i, x := range featureMap[float64](s.p, q) {
		out += x * s.sum[i]
		below += x * s.norm[i]
	}
	if below == 0 {
		return 0, s.size
	}
	return out / below, s.size
}
