// Package tile is the online-softmax tile engine (Dao et al. 2022, FlashAttention). A
// Panel is set.Lanes query rows of one head. It goes over the keys, a tile at a time:
// scores.go, then onlinesoftmax.go, which keeps the running maximum and sum and rescales
// the output. maskedtile.go has the tiles in which some row does not see some key. The
// Engine drives panels over the spans of a BlockMask (flash, sparse). naive drives panels
// phase by phase.
package tile

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
)

// Panels is what all panels of one plan share.
type Panels struct {
	Set       *kernel.Set
	Problem   attn.Problem
	mask      attn.Mask
	bounded   mask.Bounded // mask if it is a window, else nil
	modifiers Modifiers
	biased    bool // Args.Bias is added to the scores
	blockK    int  // max keys of a tile
}

// NewPanels derives the shared part of p on the kernel set that o names, for the named
// variant. Inconsistent ones give the errors of Validate. A rule other than
// softmax, or a set that this machine lacks, gives errors.ErrUnsupported.
func NewPanels(variant string, p attn.Problem, o attn.Options) (Panels, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil {
		return Panels{}, err
	}
	if p.Rule.Kind != attn.Softmax {
		return Panels{}, fmt.Errorf("%s: Rule %v: %w", variant, p.Rule, errors.ErrUnsupported)
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return Panels{}, fmt.Errorf("%s: %w", variant, err)
	}
	c := Panels{Set: set, Problem: p, modifiers: NewModifiers(set, &p), biased: p.Bias != attn.BiasShape{}, blockK: DefaultBlockK}
	c.under(p.VisibilityMask())
	return c, nil
}

// under sets the mask.
func (c *Panels) under(m attn.Mask) {
	c.mask = m
	c.bounded, _ = m.(mask.Bounded)
}

// WorkFloats is the size of a panel's Qᵀ [D, L], Oᵀ [Dv, L] and, under a bias, the bias of
// a tile [BlockK, L], in float32s.
func (c *Panels) WorkFloats() int {
	rows := c.Problem.HeadDim + c.Problem.ValueDim
	if c.biased {
		rows += c.blockK
	}
	return c.Set.Lanes * rows
}

// StatsFloats is the size of a panel's m, l and alpha [L], in float32s.
func (c *Panels) StatsFloats() int { return 3 * c.Set.Lanes }

// Panel is Lanes query rows of batch entry b and query head h.
type Panel struct {
	*Panels
	b, h, g  int // g: the key/value head
	row      int // first query row
	rows     int // rows in use, at most Lanes
	lanes    int // rows in whole vectors
	position int // of the first row
	k, v     attn.Tensor
	biases   attn.Tensor
	fresh    bool // the output is 0, whatever o holds
	shrunk   bool // the weights are multiplied by Shrinkage: see overflow.go

	qt, o, bias, m, l, alpha []float32
}

// Panel returns panel number i of (b, h), with its matrices in work and its running maximum
// and sum in stats. A panel begins with Load, or with Clear if its weights are there already.
func (c *Panels) Panel(a *attn.Args, work, stats []float32, b, h, i int) Panel {
	p, L := &c.Problem, c.Set.Lanes
	qt, ot, rows := p.HeadDim*L, p.ValueDim*L, min(L, p.QLen-i*L)
	return Panel{
		Panels: c, b: b, h: h, g: p.KVHead(h),
		row: i * L, rows: rows, lanes: kernel.RoundUp(rows, c.Set.Width), position: p.Start(b) + i*L,
		k: a.K, v: a.V, biases: a.Bias,
		qt: work[:qt], o: work[qt : qt+ot], bias: work[qt+ot : c.WorkFloats()],
		m: stats[:L], l: stats[L : 2*L], alpha: stats[2*L : 3*L],
	}
}

// Load packs the query rows and starts the online softmax.
func (x *Panel) Load(a *attn.Args) {
	x.Set.Pack(x.qt, a.Q.From(x.b, x.h, x.row), a.Q.Stride[2], x.rows, x.Problem.HeadDim, x.modifiers.Scale)
	x.start()
}

// Clear zeroes the output and sets alpha to 1, before the first Accumulate of weights that
// Softmax has made.
func (x *Panel) Clear() {
	clear(x.o)
	x.fresh = false
	for r := range x.alpha {
		x.alpha[r] = 1
	}
}

// Store writes the rows of Out, divided by the sums, and LSE where a asks for LSE. A row
// that saw no key stores 0 and -Inf. A row that saw only the sink stores 0 and the sink.
func (x *Panel) Store(a *attn.Args) {
	if a.LSE != nil {
		lse := a.LSE[(x.b*x.Problem.QHeads+x.h)*x.Problem.QLen+x.row:]
		for r := range x.rows {
			lse[r] = LSE(x.m[r], x.l[r])
		}
	}
	if x.fresh {
		clear(x.o)
	}
	x.Set.Unpack(a.Out.From(x.b, x.h, x.row), a.Out.Stride[2], x.o, x.inverseSums(), x.rows, x.Problem.ValueDim)
}
