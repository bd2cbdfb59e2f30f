package tile

import "attnbench/internal/kernel"

// Scores fills s [keys, L] with the scores of keys k0 .. k0+keys-1, after
// modifiers and bias. keys is at most BlockK. Lanes past the rows hold anything.
func (x *Panel) Scores(s []float32, k0, keys int, prefetch kernel.Prefetch) {
	x.Set.QK(s, x.qt, x.k.From(x.b, x.g, k0), x.k.Stride[2], keys, x.Problem.HeadDim, x.lanes, prefetch)
	x.modify(s, k0, keys)
}

// modify applies all that stands between q·k and mask.
func (x *Panel) modify(s []float32, k0, keys int) {
	x.modifiers.Panel(s, keys, x.h, x.position-k0)
	if x.biased {
		x.loadBias(k0, keys)
		x.Set.Bias(s, x.bias, keys)
	}
}

// loadBias transposes the bias of the panel's rows and the given keys into bias [keys, L].
func (x *Panel) loadBias(k0, keys int) {
	b, h := x.Problem.Bias.BiasOf(x.b, x.h)
	x.Set.Pack(x.bias, x.biases.From(b, h, x.row)[k0:], x.biases.Stride[2], x.rows, keys, 1)
}
