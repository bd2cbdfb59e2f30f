package linear

import (
	"attnbench/attn"
	"attnbench/internal/par"
)

// folding is the form of linear rules: S [M, lds], then z [m].
type folding struct {
	*plan
	w []float32 // favor's projection, transposed: [D, m]
}

func newFolding(x *plan) folding {
	f := folding{plan: x, w: make([]float32, x.projectionFloats())}
	if x.p.Rule.Feature == attn.Favor {
		x.transposed(f.w, x.projection)
		x.projection = attn.Tensor{}
	}
	return f
}

func (f folding) size() int   { return f.features*f.lds + f.m }
func (f folding) shared() int { return len(f.w) }

func (f folding) scratchSize(rows int) int {
	return f.scratchFloats() + copyFloats(&f.p, rows, f.size())
}

// copyFloats is the room for a second state: the query heads of a group that come
// before the last go over several rows on a copy.
func copyFloats(p *attn.Problem, rows, size int) int {
	if rows == 1 || p.QHeads == p.KVHeads {
		return 0
	}
	return size
}

func (f folding) take(kept []float32, a *attn.Args, scratch []float32, b, g, rows int, answer bool) {
	st := state{w: f.w}
	rest := f.scratch(&st, scratch)
	split := f.features * f.lds
	st.s, st.z = kept[:split], kept[split:]
	group := f.p.QHeads / f.p.KVHeads
	first, last := g*group, (g+1)*group-1
	switch {
	case !answer:
		f.foldTo(&st, a, b, g, rows)
	case rows == 1:
		f.together(&st, a, b, first, 0, 1)
		for h := first + 1; h <= last; h++ {
			f.read(&st, a, b, h, 0, 1)
		}
	default:
		for h := first; h <= last; h++ {
			mine := st
			if h < last {
				second := rest[:copy(rest, kept)]
				mine.s, mine.z = second[:split], second[split:]
			}
			for row := 0; row < rows; row += block {
				f.together(&mine, a, b, h, row, min(block, rows-row))
				par.PreemptionPoint()
			}
		}
	}
}

// gating is the form of recurrent rules: S [M, ldv]. single is for pieces of one token,
// whose scratch is that of one.
type gating struct{ several, single *gated }

func newGating(x *gated) gating {
	single := &gated{p: x.p, set: x.set, causal: x.causal, lockstep: x.lockstep, tokens: 1, m: x.m, ldv: x.ldv}
	return gating{x, single}
}

func (f gating) size() int   { return f.single.p.HeadDim * f.single.ldv }
func (f gating) shared() int { return 0 }

func (f gating) scratchSize(rows int) int {
	return f.several.scratchFloats() + copyFloats(&f.several.p, rows, f.size())
}

func (f gating) take(kept []float32, a *attn.Args, scratch []float32, b, g, rows int, answer bool) {
	x := f.several
	if rows == 1 {
		x = f.single
	}
	var st gatedState
	rest := x.scratch(&st, scratch, g)
	st.s = kept
	group := x.p.QHeads / x.p.KVHeads
	first, last := g*group, (g+1)*group-1
	switch {
	case !answer:
		x.fold(&st, a, b, g, rows)
	case rows == 1:
		x.next(&st, a, b, first, 0, 1)
		for h := first + 1; h <= last; h++ {
			x.read(&st, a, b, h, 0, 1)
		}
	default:
		for h := first; h <= last; h++ {
			mine := st
			if h < last {
				mine.s = rest[:copy(rest, kept)]
			}
			for row := 0; row < rows; row += x.tokens {
				x.next(&mine, a, b, h, row, min(x.tokens, rows-row))
				par.PreemptionPoint()
			}
		}
	}
}
