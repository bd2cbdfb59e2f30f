package tile

import "attnbench/internal/kernel"

// Partial is the scratch of the tiles that some lanes do not see whole.
type Partial struct {
	vis   kernel.Visibility
	strip []float32
	one   []float32 // [L]
	cuts  [kernel.Block / step]cut
}

// step is the number of keys by which the lanes of a partial tile are trimmed:
// the height of a tile of scores in registers.
const step = 8

// cut is keys j0 .. j1-1 of a tile, which lanes outside of from .. from+lanes-1 do not see.
type cut struct{ j0, j1, from, lanes int }

// PartialFloats is the scratch of a Partial, in float32s.
func (c *Config) PartialFloats() int {
	return kernel.VisibilityFloats + kernel.StripFloats + c.Set.Lanes
}

// NewPartial takes its memory from scratch, whatever that holds.
func (c *Config) NewPartial(scratch []float32) Partial {
	vis, rest := scratch[:kernel.VisibilityFloats], scratch[kernel.VisibilityFloats:]
	p := Partial{vis: kernel.NewVisibility(vis), strip: rest[:kernel.StripFloats], one: rest[kernel.StripFloats : c.PartialFloats()-len(vis)]}
	for r := range p.one {
		p.one[r] = 1
	}
	return p
}

// trim cuts the tile into stretches of keys that the same vectors of lanes see,
// and returns them; what none sees is in none. At the diagonal of a causal mask
// the later half of 32 keys is seen by the later half of 32 lanes only.
func (p *Partial) trim(width, keys int) []cut {
	n := 0
	for j := 0; j < keys; j += step {
		end := min(j+step, keys)
		from, lanes := p.vis.Lanes(width, j, end)
		switch {
		case lanes == 0:
		case n > 0 && p.cuts[n-1].j1 == j && p.cuts[n-1].from == from && p.cuts[n-1].lanes == lanes:
			p.cuts[n-1].j1 = end
		default:
			p.cuts[n] = cut{j, end, from, lanes}
			n++
		}
	}
	return p.cuts[:n]
}

// Hide overwrites the scores that their lanes do not see with -Inf.
func (x *Panel) Hide(p *Partial, s []float32, k0, keys int) {
	x.Visibility(p.vis, k0, keys)
	x.Set.Mask(s, p.vis, keys)
}

// AccumulatePartial is Accumulate of weights that are 0 where a lane does not
// see a key, whatever V holds there.
func (x *Panel) AccumulatePartial(p *Partial, s []float32, k0, keys int) {
	x.Visibility(p.vis, k0, keys)
	if x.biased {
		x.hideByBias(p.vis, k0, keys)
	}
	x.Set.PVMasked(x.o, x.alpha, s, x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim, 0, x.lanes, p.vis, p.strip)
}

// accumulate adds the weighted rows of V, cut by cut. The first rescales the
// output, and must therefore hold all lanes: one that does is put in front, or
// else the output is rescaled by itself.
func (x *Panel) accumulate(p *Partial, s []float32, k0 int, cuts []cut) {
	L, dv := x.Set.Lanes, x.Problem.ValueDim
	alpha := x.alpha
	first := 0
	for first < len(cuts) && cuts[first].lanes < x.lanes {
		first++
	}
	if first < len(cuts) {
		cuts[0], cuts[first] = cuts[first], cuts[0]
		if x.fresh {
			alpha = nil
		}
	} else if alpha = p.one; x.fresh {
		clear(x.o)
	} else {
		x.Set.PV(x.o, x.alpha, nil, nil, 0, 0, dv, x.lanes, kernel.Prefetch{})
	}
	x.fresh = false
	for _, c := range cuts {
		v := x.v.From(x.b, x.g, k0+c.j0)
		x.Set.PVMasked(x.o, alpha, s[c.j0*L:], v, x.v.Stride[2], c.j1-c.j0, dv, c.from, c.lanes, p.vis[c.j0:], p.strip)
		alpha = p.one
	}
}

// visitPartial takes one tile of keys, which not every lane sees whole, through
// scores, softmax and output. p holds its visibility.
func (x *Panel) visitPartial(p *Partial, s []float32, k0, keys int, next kernel.Prefetch) {
	L, d := x.Set.Lanes, x.Problem.HeadDim
	cuts := p.trim(x.Set.Width, keys)
	for _, c := range cuts {
		x.Set.QK(s[c.j0*L+c.from:], x.qt[c.from:], x.k.From(x.b, x.g, k0+c.j0), x.k.Stride[2], c.j1-c.j0, d, c.lanes, next)
		next = kernel.Prefetch{}
	}
	x.modify(s, k0, keys)
	x.Set.Mask(s, p.vis, keys)
	x.Softmax(s, keys)
	if x.biased && !x.finiteValues(k0, keys) {
		x.hideByBias(p.vis, k0, keys)
		x.accumulate(p, s, k0, cuts)
		x.Visibility(p.vis, k0, keys) // the other heads of the team have biases of their own
		return
	}
	x.accumulate(p, s, k0, cuts)
}
