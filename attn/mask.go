package attn

import "attnbench/attn/mask"

// Mask says which keys a query may see. Package mask has every pattern.
type Mask = mask.Mask

// Window is the sliding window of [mask.Window].
type Window = mask.Window

// Full is the mask under which every key is visible.
func Full() Mask { return mask.Full() }

// Causal is the mask under which key j is visible when j <= position.
func Causal() Mask { return mask.Causal() }

// Shape is what p's mask is laid over.
func (p *Problem) Shape() mask.Shape {
	return mask.Shape{Batch: p.Batch, QHeads: p.QHeads, QLen: p.QLen, KVLen: p.KVLen, QueryStart: p.QueryStart, KVLens: p.KVLens}
}
