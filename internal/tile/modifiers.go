package tile

import (
	"math"

	"attnbench/internal/kernel"
)

// modify is the one seam between scores and softmax: softcap, then ALiBi, then
// the additive bias (attn's order of operations). s [keys, L] holds scale·q·k, in
// units of log2 or of those that Softcap wants, and is in units of log2 after.
// A modifier that is off costs nothing.
func (x *Panel) modify(s []float32, k0, keys int) {
	p := &x.Problem
	if p.Softcap != 0 {
		x.Set.Softcap(s, keys, p.Softcap*math.Log2E)
	}
	if p.ALiBi != nil {
		x.Set.ALiBi(s, keys, float32(x.position-k0), p.ALiBi[x.h]*math.Log2E)
	}
	if x.biased {
		x.loadBias(k0, keys)
		x.Set.Bias(s, x.bias, keys)
	}
}

// loadBias transposes the bias of the panel's rows and the given keys into
// bias [keys, L], in units of log2.
func (x *Panel) loadBias(k0, keys int) {
	b, h := x.Problem.Bias.BiasOf(x.b, x.h)
	x.Set.Pack(x.bias, x.biases.From(b, h, x.row)[k0:], x.biases.Stride[2], x.rows, keys, math.Log2E)
}

// hideByBias takes out of vis the lanes and keys whose bias is -Inf.
func (x *Panel) hideByBias(vis kernel.Visibility, k0, keys int) {
	x.loadBias(k0, keys)
	for j := range keys {
		for r, b := range x.bias[j*x.Set.Lanes:][:x.rows] {
			if math.IsInf(float64(b), -1) {
				vis[j] &^= 1 << r
			}
		}
	}
}

// finiteValues reports whether V holds neither NaN nor Inf in the given keys.
func (x *Panel) finiteValues(k0, keys int) bool {
	return x.Set.Finite(x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim)
}

// accumulateBiased is Accumulate of keys that the mask shows to all lanes and the
// bias may hide from some, where V is not finite.
func (x *Panel) accumulateBiased(p *Partial, s []float32, k0, keys int) {
	L := x.Set.Lanes
	for j := 0; j < keys; j += kernel.Block {
		n := min(kernel.Block, keys-j)
		x.Visibility(p.vis, k0+j, n)
		x.hideByBias(p.vis, k0+j, n)
		x.accumulate(p, s[j*L:], k0+j, []cut{{0, n, 0, x.lanes}})
		for r := range x.alpha {
			x.alpha[r] = 1
		}
	}
}
