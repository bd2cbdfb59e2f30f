package tile

import "attnbench/internal/kernel"

// MaskedTile is the scratch of tiles that have invisible cells.
type MaskedTile struct {
	vis      kernel.Visibility
	strip    []float32
	ones     []float32 // [L]
	subtiles [kernel.Block / subtileKeys]subtile
}

// subtileKeys is the number of keys that share a range of lanes in a masked tile: the
// height of a tile of scores in registers.
const subtileKeys = 8

// subtile is keys j0 .. j1-1 of a tile. Only lanes from .. from+lanes-1 see them.
type subtile struct{ j0, j1, from, lanes int }

// MaskedTileFloats is the scratch of a MaskedTile, in float32s.
func (c *Panels) MaskedTileFloats() int {
	return kernel.VisibilityFloats + kernel.StripFloats + c.Set.Lanes
}

// NewMaskedTile takes its memory from scratch, which may hold anything.
func (c *Panels) NewMaskedTile(scratch []float32) MaskedTile {
	vis, rest := scratch[:kernel.VisibilityFloats], scratch[kernel.VisibilityFloats:]
	t := MaskedTile{vis: kernel.NewVisibility(vis), strip: rest[:kernel.StripFloats], ones: rest[kernel.StripFloats : c.MaskedTileFloats()-len(vis)]}
	for r := range t.ones {
		t.ones[r] = 1
	}
	return t
}

// trim cuts a tile into subtiles, each of keys that the same vectors of lanes see. It drops
// the keys that no lane sees. At the diagonal of a causal mask only the later half of 32
// lanes sees the later half of 32 keys.
func (t *MaskedTile) trim(width, keys int) []subtile {
	n := 0
	for j := 0; j < keys; j += subtileKeys {
		end := min(j+subtileKeys, keys)
		from, lanes := t.vis.Lanes(width, j, end)
		switch {
		case lanes == 0:
		case n > 0 && t.subtiles[n-1].j1 == j && t.subtiles[n-1].from == from && t.subtiles[n-1].lanes == lanes:
			t.subtiles[n-1].j1 = end
		default:
			t.subtiles[n] = subtile{j, end, from, lanes}
			n++
		}
	}
	return t.subtiles[:n]
}

// Hide overwrites the scores of invisible keys with -Inf.
func (x *Panel) Hide(t *MaskedTile, s []float32, k0, keys int) {
	x.Visibility(t.vis, k0, keys)
	x.Set.Mask(s, t.vis, keys)
}

// AccumulateMasked is Accumulate where lanes do not see some keys. Their weights are 0, and
// V may hold anything there.
func (x *Panel) AccumulateMasked(t *MaskedTile, s []float32, k0, keys int) {
	x.Visibility(t.vis, k0, keys)
	if x.biased {
		x.hideByBias(t.vis, k0, keys)
	}
	x.Set.PVMasked(x.o, x.alpha, s, x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim, 0, x.lanes, t.vis, t.strip)
}

// accumulateSubtiles adds the weighted rows of V, one subtile at a time. The first product
// rescales the output, so the first subtile must have all lanes: one that has them goes to
// the front. If none has them, a product of no keys rescales the output.
func (x *Panel) accumulateSubtiles(t *MaskedTile, s []float32, k0 int, subtiles []subtile) {
	L, dv := x.Set.Lanes, x.Problem.ValueDim
	alpha := x.alpha
	first := 0
	for first < len(subtiles) && subtiles[first].lanes < x.lanes {
		first++
	}
	if first < len(subtiles) {
		subtiles[0], subtiles[first] = subtiles[first], subtiles[0]
		if x.fresh {
			alpha = nil
		}
	} else if alpha = t.ones; x.fresh {
		clear(x.o)
	} else {
		x.Set.PV(x.o, x.alpha, nil, nil, 0, 0, dv, x.lanes, kernel.Prefetch{})
	}
	x.fresh = false
	for _, c := range subtiles {
		v := x.v.From(x.b, x.g, k0+c.j0)
		x.Set.PVMasked(x.o, alpha, s[c.j0*L:], v, x.v.Stride[2], c.j1-c.j0, dv, c.from, c.lanes, t.vis[c.j0:], t.strip)
		alpha = t.ones
	}
}

// visitMasked takes a masked tile of keys through scores, softmax and output. The caller
// has put the tile's visibility into t.
func (x *Panel) visitMasked(t *MaskedTile, s []float32, k0, keys int, prefetch kernel.Prefetch) {
	L, d := x.Set.Lanes, x.Problem.HeadDim
	subtiles := t.trim(x.Set.Width, keys)
	for _, c := range subtiles {
		x.Set.QK(s[c.j0*L+c.from:], x.qt[c.from:], x.k.From(x.b, x.g, k0+c.j0), x.k.Stride[2], c.j1-c.j0, d, c.lanes, prefetch)
		prefetch = kernel.Prefetch{}
	}
	x.modify(s, k0, keys)
	x.Set.Mask(s, t.vis, keys)
	x.Softmax(s, keys)
	if x.biased && !x.finiteValues(k0, keys) {
		x.hideByBias(t.vis, k0, keys)
		x.accumulateSubtiles(t, s, k0, subtiles)
		x.Visibility(t.vis, k0, keys) // the next head of the group has another bias
		return
	}
	x.accumulateSubtiles(t, s, k0, subtiles)
}

// accumulateBiased is Accumulate of a full tile where V is not finite and the bias may hide
// keys from some lanes.
func (x *Panel) accumulateBiased(t *MaskedTile, s []float32, k0, keys int) {
	L := x.Set.Lanes
	for j := 0; j < keys; j += kernel.Block {
		n := min(kernel.Block, keys-j)
		x.Visibility(t.vis, k0+j, n)
		x.hideByBias(t.vis, k0+j, n)
		x.accumulateSubtiles(t, s[j*L:], k0+j, []subtile{{0, n, 0, x.lanes}})
		for r := range x.alpha {
			x.alpha[r] = 1
		}
	}
}
