package oracle

import (
	"math"
	"slices"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// The output of a row is linear in every state before it: with A_t the transition of token t,
//
//	S_t = A_t S_(t-1) + k_t w_tᵀ    A_t = diag(a_t), or (I - beta_t k_t k_tᵀ)·diag(a_t)
//	out = y_tᵀ S_t + later tokens   y_n = scale·q, y_(t-1) = A_tᵀ y_t
//
// w_t being v_t, or beta_t v_t. So what token t rounds reaches the output times y_t, and the
// real transitions say by how much: a delta rule with beta·|k|² > 2 may amplify. In squares of
// u, in column c, with u_t the vector that the state takes (v_t, or beta_t·(v_t - S_tᵀk_t)):
//
//   - the state: 4 roundings of each S_ic (its decay, its sum, and as many in a chunk, where the
//     tokens are summed before the state is added) and 2 of each product k_i u_c;
//   - the factor of a decay: an exponential, and its part in the products of a chunk. All rows of
//     the state have it in common, so that it counts in full times y_tᵀA_t S_(t-1), which is
//     the output less what tokens from t on add to it. Decays of single dims also count as
//     independent;
//   - u_t of a delta rule, times y_t·k_t: see recurrence.solve;
//   - tokens that are alike round alike: a group of g of them counts g times as much, all
//     together no more than the worst case;
//   - so do dims that are alike, in the sums over dims and in the rows of the state that a
//     query or a key meets: those whose |q_i|·Σ_c|S_ic| are (see likeness), and in a chunk those
//     whose q_i k_i are;
//   - rows of the state that a token hardly changes: what S_ic·a_i loses depends on S_ic modulo
//     1/(1 - a_i) units in its last place, and what S_ic + k_i u_c loses of a small term is all
//     of it. So where |k_i u_c| is below 8u, or u/(4·(1 - a_i)), of S_ic the roundings are the
//     same from token to token, and add up in full over tokens, as squares over dims alone;
//   - the output: sums over M dims of the state at the beginning of the chunk and of the products
//     of queries and keys in a chunk, then over its tokens.
//
// Sums Σ_i (y_i S_ic)² are taken as the smaller of max y²·|S_c|² and |y|²·max S_c²: a state of
// its own for every token would cost M times as much. Inside a chunk of a delta rule a rounding
// of the state meets the y of the chunk's end: the largest of chunk tokens counts.
const maxChunk = 64 // tokens

// recurrence is a state, and what its tokens left behind for the rows after them.
type recurrence struct {
	*state[float64]
	steps []step
	first []float64   // [Dv]: |S_c| before the first token
	near  [][]float64 // the keys of the last tokens, decayed since
	prior []float64   // [Dv]: the largest |S_c| at the beginning of a chunk, decayed since
	large []bool      // [Dv]: the state exceeds float32
	alike map[uint64]int
	pairs float64 // of tokens that are alike, each with itself and in both orders
	likeness
	terms []float64 // [M]
}

// step is what one token left behind, by columns [Dv].
type step struct {
	length, most []float64 // |S_c| and max_i|S_ic| after it
	still        []float64 // |S_c| of the rows that it hardly changed
	taken        []float64 // u
	rounded      []float64 // what u rounds by, in units of u; nil but for delta rules
	decay        []float64 // [M]
}

// expectRecurrent evaluates rows, in rising order, of one head in one pass over the keys.
func expectRecurrent(p *attn.Problem, a *attn.Args, b, h int, rows []int) []Expected {
	list := make([]Expected, len(rows))
	r := newRecurrence(p, a, b, h)
	for n, row := range rows {
		e := &list[n]
		*e = Expected{Row: Row{b, h, row}, Out: make([]float64, p.ValueDim)}
		for r.taken < r.seen(row) {
			r.step()
		}
		r.output(row, e.Out)
		r.budget(e)
	}
	return list
}

func newRecurrence(p *attn.Problem, a *attn.Args, b, h int) *recurrence {
	dv := p.ValueDim
	r := &recurrence{state: newState[float64](p, a, b, h), first: make([]float64, dv), large: make([]bool, dv), alike: map[uint64]int{}, terms: make([]float64, p.HeadDim)}
	for _, row := range r.s {
		for c, x := range row {
			r.first[c] = math.Hypot(r.first[c], x)
		}
	}
	r.prior = slices.Clone(r.first)
	return r
}

// step takes the next token.
func (r *recurrence) step() {
	dv := r.p.ValueDim
	hash := uint64(0)
	for _, row := range [][]float32{r.a.K.Row(r.b, r.g, r.taken), r.a.V.Row(r.b, r.g, r.taken)} {
		for _, x := range row {
			hash = mask.Mix(hash ^ uint64(math.Float32bits(x)))
		}
	}
	r.pairs += float64(2*r.alike[hash] + 1)
	r.alike[hash]++
	floats := make([]float64, 4*dv)
	s := step{length: floats[:dv], most: floats[dv : 2*dv], taken: floats[2*dv : 3*dv], still: floats[3*dv:], decay: r.decay()}
	k := wide[float64](r.a.K.Row(r.b, r.g, r.taken))
	if r.p.Rule.Delta {
		s.rounded = make([]float64, dv)
		r.solve(k, s)
	} else {
		copy(s.taken, wide[float64](r.a.V.Row(r.b, r.g, r.taken)))
	}
	r.update()
	length := math.Sqrt(dot(k, k))
	for i, a := range s.decay {
		r.terms[i] = still(a)
	}
	for c := range dv {
		square, most, unmoved := 0.0, 0.0, 0.0
		for i, row := range r.s {
			square += row[c] * row[c]
			most = max(most, math.Abs(row[c]))
			if math.Abs(k[i]*s.taken[c]) < r.terms[i]*math.Abs(row[c]) && (k[i] != 0 || s.decay[i] != 1) {
				unmoved += row[c] * row[c]
			}
		}
		s.still[c] = math.Sqrt(unmoved)
		r.large[c] = r.large[c] || !(max(2*most, length*math.Abs(s.taken[c])) < maxFloat)
		s.length[c], s.most[c] = math.Sqrt(square), most
		r.prior[c] = max(r.prior[c], math.Sqrt(square))
	}
	r.steps = append(r.steps, s)
}

// solve fills in what the state takes under a delta rule, and what that rounds by. By
// definition u = beta·(v - x), x = S k after the decay. In a chunk of which s are the tokens
// before t, with the state S' at its beginning and all decays in between,
//
//	x = S'k + Σ_s (k_s·k) u_s
//
// so that the partial sums of v - x are v - x + Σ (k_s·k) u_s over a last part of the tokens.
// In squares: M roundings of S'k, or of v less its terms, as many of each k_s·k, at half of the
// sum of magnitudes and the product, and one at each partial sum.
func (r *recurrence) solve(k []float64, s step) {
	dv, beta := r.p.ValueDim, float64(r.a.Beta.Row(r.b, r.g, r.taken)[0])
	x, factors := make([]float64, dv), s.decay
	largestDecay := slices.Max(factors)
	for i, row := range r.s {
		for c, y := range row {
			x[c] += k[i] * factors[i] * y
		}
	}
	decayed := make([]float64, len(k))
	for i, f := range factors {
		decayed[i] = k[i] * f
	}
	values, largest := r.a.V.Row(r.b, r.g, r.taken), 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(float64(v)))
	}
	length, m := math.Sqrt(dot(k, k)), float64(len(k))*r.alikeDims(decayed, float64(dv)*largest)
	late, lateMost, pairs := make([]float64, dv), make([]float64, dv), make([]float64, dv)
	for n := len(r.near) - 1; n >= 0; n-- {
		earlier, taken := r.near[n], r.steps[len(r.steps)-len(r.near)+n].taken
		product, square := 0.0, 0.0
		for i, f := range factors {
			earlier[i] *= f
			product += earlier[i] * k[i]
			square += earlier[i] * earlier[i]
		}
		half := (math.Sqrt(square)*length + math.Abs(product)) / 2
		for c, y := range taken {
			late[c] += product * y
			lateMost[c] = max(lateMost[c], math.Abs(late[c]))
			pairs[c] += half * half * y * y
		}
	}
	for c, v := range values {
		s.taken[c] = beta * (float64(v) - x[c])
		r.prior[c] *= largestDecay
		sum := math.Abs(float64(v)-x[c]) + lateMost[c]
		square := m*(sq((r.prior[c]*length+math.Abs(x[c]))/2+math.Abs(float64(v)))+pairs[c]) + float64(len(r.near)+2)*sum*sum
		s.rounded[c] = math.Abs(beta) * math.Sqrt(square)
		partial := sum + r.prior[c]*length + math.Abs(float64(v)) // before beta multiplies it
		r.large[c] = r.large[c] || !(max(s.rounded[c], partial) < maxFloat)
	}
	r.near = append(r.near, k)
	if len(r.near) == maxChunk {
		r.near = r.near[1:]
	}
}

func sq(x float64) float64 { return x * x }

// budget gives e, whose Out is that of the state as it stands, its budgets.
func (r *recurrence) budget(e *Expected) {
	e.Budget, e.Overflow = make([]float64, len(e.Out)), slices.Clone(r.large)
	scale, dv, m := r.p.Scale.Value(r.p.HeadDim), len(e.Out), float64(r.p.HeadDim)
	y := wide[float64](r.a.Q.Row(r.b, r.h, e.Row.I))
	for i := range y {
		y[i] *= scale
	}
	alike := r.alikeDims(y, 0)
	left := make([]float64, dv) // the output less what later tokens add to it
	copy(left, e.Out)
	squares, common, state, tokens, unmoved := make([]float64, dv), make([]float64, dv), make([]float64, dv), make([]float64, dv), make([]float64, dv)
	var ends [maxChunk][2]float64 // max y² and |y|² of the last tokens
	perState, perDecay := 4.0, 0.0
	if r.p.Rule.Decay != attn.NoDecay {
		perDecay = exponential + 1
	}
	if r.p.Rule.Decay == attn.DimDecay {
		perState += perDecay * perDecay
	}
	last := len(r.steps) - 1
	for t := last; t >= 0; t-- {
		s, k := &r.steps[t], r.a.K.Row(r.b, r.g, t)
		var most, square, along, kMost, kSquare float64
		for i, x := range y {
			key := float64(k[i])
			most, square, along = max(most, x*x), square+x*x, along+x*key
			r.terms[i] = x * key
			kMost, kSquare = max(kMost, key*key), kSquare+key*key
		}
		if square == 0 {
			break
		}
		ends[t%maxChunk] = [2]float64{most, square}
		yMost, ySquare := most, square
		if r.p.Rule.Delta {
			for _, end := range ends {
				yMost, ySquare = max(yMost, end[0]), max(ySquare, end[1])
			}
		}
		product, beta := min(yMost*kSquare, ySquare*kMost), 1.0
		if r.p.Rule.Delta {
			beta = float64(r.a.Beta.Row(r.b, r.g, t)[0])
		}
		sums := m
		if last-t < maxChunk {
			sums *= r.likeness.of(r.terms, math.Sqrt(square*kSquare))
		}
		for c, v := range r.a.V.Row(r.b, r.g, t) {
			length, size, taken := s.length[c], s.most[c], s.taken[c]
			squares[c] += perState*min(yMost*length*length, ySquare*size*size) + 2*product*taken*taken
			if same := s.still[c]; same != 0 {
				unmoved[c] += math.Sqrt(perState * min(yMost*same*same, ySquare*size*size))
			}
			if s.rounded != nil {
				squares[c] += sq(along * s.rounded[c])
			}
			tokens[c] = max(tokens[c], math.Abs(left[c]))
			if last-t < maxChunk {
				state[c] = max(state[c], square*length*length)
				squares[c] += sums*sq((math.Sqrt(square*kSquare)+math.Abs(along))/2*taken) + sq(tokens[c])
			}
			left[c] -= along * beta * float64(v)
			common[c] += perDecay * math.Abs(left[c])
		}
		for i := range y {
			if r.p.Rule.Delta {
				y[i] -= beta * along * float64(k[i])
			}
			y[i] *= s.decay[i]
		}
	}
	if len(r.steps) < maxChunk { // the chunk begins with the first state
		for c, length := range r.first {
			state[c] = max(state[c], dot(y, y)*length*length)
		}
	}
	for c, x := range unmoved {
		squares[c] += x * x
	}
	n := float64(max(1, len(r.steps)))
	growth := math.Sqrt(alike * min(lambda*lambda*max(1, r.pairs/n), lambda*lambda+8*n))
	unscaled := 1.0 // the sums before the scale
	if scale != 0 {
		unscaled = max(1, 1/math.Abs(scale))
	}
	e.overflow(func(c int) float64 { return unscaled * math.Sqrt(squares[c]+m*state[c]) })
	for c, o := range e.Out {
		if !finite(o) {
			continue
		}
		bound := growth*math.Sqrt(squares[c]+m*state[c]) + common[c] + 3*math.Abs(o)
		e.Budget[c] = larger(0, u*bound+float64(r.taken+len(y)+4)*denormal)
	}
}
