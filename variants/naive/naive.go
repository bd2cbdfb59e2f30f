// Package naive is the textbook: all scores of a head, then their softmax, then
// the weighted sum (Vaswani et al. 2017, section 3.2.1). It writes and reads
// Nq·Nk floats a head and computes every pair, visible or not: the baseline
// that the other variants are measured against.
package naive

import (
	"cmp"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/attn/pool"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
	"attnbench/internal/splitkv"
	"attnbench/internal/tile"
)

// New returns the variant.
func New() attn.Decoder { return variant{} }

type variant struct{}

// Name implements [attn.Variant].
func (variant) Name() string { return "naive" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Plan implements [attn.Variant]. It reaches every softmax Problem. A head is
// computed by one worker, so that no more than Batch·QHeads can be busy.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	shared, err := tile.NewPanels(v.Name(), p, o)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(attn.CheckFloats("QLen and KVLen", "the score matrix of a head", p.QLen, p.KVLen), p.CheckBlockMask(shared.Set.Lanes)); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name(), err)
	}
	x := &plan{shared: shared, blocks: mask.NewBlockMask(p.VisibilityMask(), p.Shape(), shared.Set.Lanes)}
	x.panels = x.blocks.Blocks()
	perWorker := x.shared.WorkFloats() + x.shared.MaskedTileFloats() + x.panels*x.panelFloats()
	if err := x.Init(p, o, p.Batch*p.QHeads, perWorker, x.head); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name(), err)
	}
	return x, nil
}

// NewState implements [attn.Decoder] with a contiguous KV cache. A decode step forms all
// scores of a query, then their softmax, then the product with V.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	return splitkv.Config{Variant: v.Name(), Plan: v.Plan, Whole: true}.New(p, o)
}

type plan struct {
	pool.Parts
	shared tile.Panels
	blocks *mask.BlockMask // of L query rows a block
	panels int             // panels of L query rows in a head
}

// panelFloats is what a head keeps of each panel: m, l and alpha, and the scores
// Sᵀ [Nk, L]. All panels together hold all Nq·Nk scores.
func (x *plan) panelFloats() int {
	return x.shared.StatsFloats() + x.shared.Problem.KVLen*x.shared.Set.Lanes
}

// head is part i of a Forward: the three phases of the definition, each over the
// whole head before the next begins.
func (x *plan) head(a *attn.Args, ws []float32, i int) {
	p := &x.shared.Problem
	b, h := i/p.QHeads, i%p.QHeads
	finite := x.finite(a.V, b, p.KVHead(h), p.Keys(b))
	work, ws := ws[:x.shared.WorkFloats()], ws[x.shared.WorkFloats():]
	masked := x.shared.NewMaskedTile(ws)
	ws = ws[x.shared.MaskedTileFloats():]
	for phase := range 3 {
		for n := range x.panels {
			own := ws[n*x.panelFloats() : (n+1)*x.panelFloats()]
			stats, s := own[:x.shared.StatsFloats()], own[x.shared.StatsFloats():]
			q := x.shared.Panel(a, work, stats, b, h, n)
			spans := x.blocks.Spans(b, h, n)
			switch phase {
			case 0:
				q.Load(a)
				x.scores(&q, &masked, s, p.Keys(b), spans)
			case 1: // a panel in one call: 0.3 ms at 16384 keys
				q.Softmax(s, p.Keys(b))
			case 2:
				x.pv(&q, &masked, s, p.Keys(b), spans, finite)
				q.Store(a)
				if q.Overflowed() {
					q.ShrinkWeights(s, p.Keys(b))
					x.pv(&q, &masked, s, p.Keys(b), spans, finite)
					q.StoreOverflowed(a)
				}
			}
			par.PreemptionPoint()
		}
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: every pair of a query row and a
// valid key.
func (x *plan) ExecutedFLOPs() int64 {
	p := &x.shared.Problem
	var keys int64
	for b := range p.Batch {
		keys += int64(p.Keys(b))
	}
	return 2 * int64(p.HeadDim+p.ValueDim) * keys * int64(p.QHeads) * int64(p.QLen)
}
