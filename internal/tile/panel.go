// Package tile is the online-softmax tile engine. A Panel is set.Lanes query
// rows of one head on their way over the keys; the Engine drives panels over the
// runs of a BlockMask (flash, sparse), and naive drives them phase by phase.
package tile

import (
	"errors"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// Config is what all panels of one plan share.
type Config struct {
	Set     *kernel.Set
	Problem attn.Problem
	mask    attn.Mask
	scale   float32 // what Pack folds into Q: scale·log2(e), or what Softcap wants
	biased  bool    // Args.Bias is added to the scores
	blockK  int     // most keys of a tile
}

// NewConfig derives the shared state of p on the kernel set that o names. An
// inconsistent Problem is the error of Problem.Validate; a rule other than
// softmax and a set that is not here are errors.ErrUnsupported, in the name of
// the variant that asks.
func NewConfig(variant string, p attn.Problem, o attn.Options) (Config, error) {
	if err := p.Validate(); err != nil {
		return Config{}, err
	}
	if p.Rule.Kind != attn.Softmax {
		return Config{}, fmt.Errorf("%s: Rule %v: %w", variant, p.Rule, errors.ErrUnsupported)
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", variant, err)
	}
	c := Config{Set: set, Problem: p, mask: p.VisibilityMask(), biased: p.Bias != attn.BiasShape{}, blockK: DefaultBlockK}
	scale := p.Scale.Value(p.HeadDim) * math.Log2E
	if p.Softcap != 0 {
		scale *= 2 / float64(p.Softcap)
	}
	c.scale = float32(scale)
	return c, nil
}

// WorkFloats is the size of a panel's Qᵀ [D, L], Oᵀ [Dv, L] and, where there is a
// bias, that of a tile [BlockK, L], in float32s.
func (c *Config) WorkFloats() int {
	rows := c.Problem.HeadDim + c.Problem.ValueDim
	if c.biased {
		rows += c.blockK
	}
	return c.Set.Lanes * rows
}

// StatsFloats is the size of a panel's m, l and alpha [L], in float32s.
func (c *Config) StatsFloats() int { return 3 * c.Set.Lanes }

// Panel is Lanes query rows of batch entry b and query head h.
type Panel struct {
	*Config
	b, h, g  int // g: the key/value head
	row      int // first query row
	rows     int // rows in use, at most Lanes
	lanes    int // rows in whole vectors
	position int // of the first row
	k, v     attn.Tensor
	biases   attn.Tensor
	fresh    bool // the output holds nothing yet, anything in memory

	qt, o, bias, m, l, alpha []float32
}

// Panel returns panel number i of (b, h), with its matrices in work and its
// running maximum and sum in stats, whatever these hold. Load makes it ready for the
// keys; a panel whose weights are there already begins with Clear.
func (c *Config) Panel(a *attn.Args, work, stats []float32, b, h, i int) Panel {
	p, L, width := &c.Problem, c.Set.Lanes, c.Set.Width
	qt, ot, rows := p.HeadDim*L, p.ValueDim*L, min(L, p.QLen-i*L)
	return Panel{
		Config: c, b: b, h: h, g: p.KVHead(h),
		row: i * L, rows: rows, lanes: (rows + width - 1) / width * width, position: p.Start(b) + i*L,
		k: a.K, v: a.V, biases: a.Bias,
		qt: work[:qt], o: work[qt : qt+ot], bias: work[qt+ot : c.WorkFloats()],
		m: stats[:L], l: stats[L : 2*L], alpha: stats[2*L : 3*L],
	}
}

// Load packs the query rows and starts the online softmax: (m, l) from the sink
// logit where there is one, else (-Inf, 0).
func (x *Panel) Load(a *attn.Args) {
	x.Set.Pack(x.qt, a.Q.From(x.b, x.h, x.row), a.Q.Stride[2], x.rows, x.Problem.HeadDim, x.scale)
	m, l := float32(math.Inf(-1)), float32(0)
	if sinks := x.Problem.SinkLogits; sinks != nil {
		m, l = sinks[x.h]*math.Log2E, 1
	}
	for r := range x.m {
		x.m[r], x.l[r] = m, l
	}
	x.fresh = true
}

// Clear zeroes the output and sets alpha to 1, before the first Accumulate of
// weights whose Softmax is already done.
func (x *Panel) Clear() {
	clear(x.o)
	x.fresh = false
	for r := range x.alpha {
		x.alpha[r] = 1
	}
}

// Scores fills s [keys, L] with the scores of keys k0 .. k0+keys-1 in units of
// log2, modifiers applied. keys is at most BlockK. Lanes past the rows
// hold anything.
func (x *Panel) Scores(s []float32, k0, keys int, next kernel.Prefetch) {
	x.Set.QK(s, x.qt, x.k.From(x.b, x.g, k0), x.k.Stride[2], keys, x.Problem.HeadDim, x.lanes, next)
	x.modify(s, k0, keys)
}

// Visibility asks the mask about keys k0 .. k0+keys-1. Lanes past the last row
// see nothing. A window, the most common mask, is not asked row by row.
func (x *Panel) Visibility(vis kernel.Visibility, k0, keys int) {
	if w, ok := x.mask.(attn.Window); ok {
		vis.SetWindow(x.rows, keys, k0-x.position, w.Left, w.Right)
		return
	}
	var queries [32]uint64
	within := ^uint64(0) >> (kernel.Block - keys)
	for r := range x.rows {
		queries[r] = x.mask.Bits(x.b, x.h, x.position+r, k0) & within
	}
	vis.Set(&queries)
}

// Softmax takes s [keys, L] into the running maximum and sum and leaves the
// weights in it.
func (x *Panel) Softmax(s []float32, keys int) {
	x.Set.Softmax(s, x.m, x.l, x.alpha, keys)
}

// Accumulate rescales the output by the last Softmax's alpha and adds the
// weighted rows of V.
func (x *Panel) Accumulate(s []float32, k0, keys int, next kernel.Prefetch) {
	alpha := x.alpha
	if x.fresh {
		alpha, x.fresh = nil, false
	}
	x.Set.PV(x.o, alpha, s, x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim, x.lanes, next)
}

// Store writes the rows of Out, divided by the sums, and the natural-log LSE
// where a asks for it. A row that saw no key stores 0 and -Inf; one that saw
// only the sink stores 0 and the sink.
func (x *Panel) Store(a *attn.Args) {
	if a.LSE != nil {
		lse := a.LSE[(x.b*x.Problem.QHeads+x.h)*x.Problem.QLen+x.row:]
		for r := range x.rows {
			lse[r] = float32((float64(x.m[r]) + math.Log2(float64(x.l[r]))) * math.Ln2)
		}
	}
	if x.fresh {
		clear(x.o)
	}
	inv := x.alpha
	for r, l := range x.l {
		inv[r] = 0
		if l != 0 {
			inv[r] = 1 / l
		}
	}
	x.Set.Unpack(a.Out.From(x.b, x.h, x.row), a.Out.Stride[2], x.o, inv, x.rows, x.Problem.ValueDim)
}
