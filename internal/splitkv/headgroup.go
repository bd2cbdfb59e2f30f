package splitkv

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Memory gives its most to one long stream: all keys of a split are scored, and only
// then are its values read. In blocks of 64 keys, K and V in turn, a step reaches half of
// the bandwidth, in blocks of 512 seven tenths.
const (
	// sumKeys is how many values are added up before their sum joins the others: the
	// square root of a split, which keeps both kinds of sums short.
	sumKeys = 256
	// callKeys is how many keys one call takes: assembly cannot be preempted.
	callKeys = 512
)

// queries are the query heads from h on that share kv head g, at position t of batch
// entry b, on their way over the keys. Lanes run along head_dim; of the scores, along
// the keys.
type queries struct {
	*state
	b, g, h, t int

	q, o, sums  []float32 // [heads, D], [heads, Dv] twice, rows of whole vectors
	scores      []float32 // [heads, lds]
	m, alpha    []float32 // [heads]
	l           []float32 // [heads, L], sums lane by lane
	base, scale []float32 // [L], what Softmax takes: m of a head in all lanes
}

// block is how many keys are scored before their values are added up.
func (s *state) block() int { return min(splitKeys, s.p.KVLen) }

// lds is the row stride of the scores. Softcap and Softmax take whole panels, from any
// column on.
func (s *state) lds() int {
	most := s.block()
	if s.config.Whole {
		most = s.p.KVLen
	}
	return kernel.RoundUp(most+s.set.Lanes, s.set.Lanes)
}

// queryFloats is the scratch of queries.
func (s *state) queryFloats() int {
	ds, dvs := kernel.RoundUp(s.p.HeadDim, s.set.Width), kernel.RoundUp(s.p.ValueDim, s.set.Width)
	return s.heads*(ds+2*dvs+s.lds()+2+s.set.Lanes) + 2*s.set.Lanes
}

// newQueries takes row i of its heads from q, in units of log2 or of those that Softcap
// wants.
func (s *state) newQueries(ws []float32, from attn.Tensor, b, g, h, i, t int) queries {
	x := queries{state: s, b: b, g: g, h: h, t: t}
	ds, dvs, L := kernel.RoundUp(s.p.HeadDim, s.set.Width), kernel.RoundUp(s.p.ValueDim, s.set.Width), s.set.Lanes
	for _, part := range [...]struct {
		dst *[]float32
		n   int
	}{
		{&x.q, s.heads * ds}, {&x.o, s.heads * dvs}, {&x.sums, s.heads * dvs}, {&x.scores, s.heads * s.lds()},
		{&x.m, s.heads}, {&x.alpha, s.heads}, {&x.l, s.heads * L}, {&x.base, L}, {&x.scale, L},
	} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	factor := s.p.Scale.Value(s.p.HeadDim) * math.Log2E
	if s.p.Softcap != 0 {
		factor *= 2 / float64(s.p.Softcap)
	}
	clear(x.q)
	clear(x.o)
	clear(x.l)
	for r := range s.heads {
		to := x.q[r*ds:]
		for c, y := range from.Row(b, h+r, i) {
			to[c] = y * float32(factor)
		}
		x.m[r] = float32(math.Inf(-1))
	}
	return x
}

// split takes the visible tokens number lo to hi, in the order of runs.
func (x *queries) split(runs []attn.Run, lo, hi int) {
	first := 0 // number of the run's first token
	for _, run := range runs {
		from, to := run.Lo+max(0, lo-first), min(run.Hi, run.Lo+hi-first)
		first += run.Hi - run.Lo
		for t := from; t < to; {
			row, n := x.span(x.b, t, min(to, t+x.block()))
			x.score(x.scores, row, t, n)
			for r := range x.heads {
				x.softmax(x.scores[r*x.lds():], r, n)
			}
			x.weigh(x.scores, row, n)
			t += n
		}
		if first >= hi {
			return
		}
	}
}

// whole is what naive does: all scores, their softmax, the sum.
func (x *queries) whole(runs []attn.Run) {
	seen := 0
	x.eachBlock(runs, func(at, row, t, n int) {
		x.score(x.scores[at:], row, t, n)
		seen = at + n
	})
	if seen == 0 {
		return
	}
	for r := range x.heads {
		x.softmax(x.scores[r*x.lds():], r, seen)
	}
	x.eachBlock(runs, func(at, row, t, n int) {
		x.weigh(x.scores[at:], row, n)
	})
}

// eachBlock calls f for blocks of visible tokens t to t+n, of which the first is number
// at and lies in the given row.
func (x *queries) eachBlock(runs []attn.Run, f func(at, row, t, n int)) {
	at := 0
	for _, run := range runs {
		for t := run.Lo; t < run.Hi; {
			row, n := x.span(x.b, t, min(run.Hi, t+x.block()))
			f(at, row, t, n)
			at, t = at+n, t+n
		}
	}
}

// score writes the scores of the n keys from row on, tokens t and following, to the
// columns of s: the dot products, softcap, then ALiBi, in units of log2. It overwrites
// up to a panel of further columns.
func (x *queries) score(s []float32, row, t, n int) {
	p, lds := &x.p, x.lds()
	for j := 0; j < n; j += callKeys {
		x.set.Dots(s[j:], lds, x.q, len(x.q)/x.heads, x.k.From(x.b, x.g, row+j), x.k.Stride[2], x.heads, min(callKeys, n-j), p.HeadDim)
		par.PreemptionPoint()
	}
	for r := range x.heads {
		mine := s[r*lds:]
		if p.Softcap != 0 {
			x.set.Softcap(mine, (n+x.set.Lanes-1)/x.set.Lanes, p.Softcap*math.Log2E)
		}
		if p.ALiBi != nil {
			slope := p.ALiBi[x.h+r] * math.Log2E
			for j := range mine[:n] {
				mine[j] -= slope * float32(x.t-t-j)
			}
		}
	}
}

// softmax is one step of the online softmax of head r over its n scores: they become
// weights, alpha the factor of what was summed before. The Set's own step takes columns
// of a panel for queries; here all are of one, so that they share a maximum.
func (x *queries) softmax(s []float32, r, n int) {
	L := x.set.Lanes
	top := x.set.Max(s[:n], x.m[r])
	x.alpha[r] = 1
	sums := x.l[r*L : (r+1)*L]
	if top > x.m[r] {
		x.alpha[r] = kernel.Exp2(x.m[r] - top)
		for i := range sums {
			sums[i] *= x.alpha[r]
		}
	}
	x.m[r] = top
	for i := range x.base {
		x.base[i] = top
	}
	panels := (n + L - 1) / L
	hidden := s[n : panels*L]
	for i := range hidden {
		hidden[i] = float32(math.Inf(-1))
	}
	for ; panels > 0; panels -= mostPanels {
		now := min(panels, mostPanels)
		x.set.Softmax(s, x.base, sums, x.scale, now)
		s = s[now*L:]
		par.PreemptionPoint()
	}
}

// mostPanels is how many panels a call takes: assembly cannot be preempted.
const mostPanels = 256

// weigh adds the n values from row on, weighted, to what is rescaled by alpha. Few at a
// time: their sum is formed first, so that the error grows with the number of such sums.
func (x *queries) weigh(weights []float32, row, n int) {
	for j := 0; j < n; j += sumKeys {
		x.set.WeightedSum(x.o, len(x.o)/x.heads, x.sums, x.alpha, weights[j:], x.lds(), x.v.From(x.b, x.g, row+j), x.v.Stride[2], x.heads, min(sumKeys, n-j), x.p.ValueDim)
		for r := range x.alpha {
			x.alpha[r] = 1
		}
		par.PreemptionPoint()
	}
}

// leave writes m, l and o of head r.
func (x *queries) leave(result []float32, r int) {
	L, dvs := x.set.Lanes, len(x.o)/x.heads
	var l float32
	for _, y := range x.l[r*L : (r+1)*L] {
		l += y
	}
	result[0], result[1] = x.m[r], l
	copy(result[2:], x.o[r*dvs:])
}
