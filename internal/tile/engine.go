package tile

import (
	"cmp"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/attn/pool"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Config chooses how tiles are cut. The zero value is the default.
type Config struct {
	BlockK int // max keys of a tile, a multiple of 8 from 64 to 512; 0 is 128
}

// DefaultBlockK is the max keys of a full tile. The output is loaded, rescaled and stored
// once a tile, half as often as with tiles of kernel.Block: 2 % faster at d = 64. Larger
// tiles are no faster.
const DefaultBlockK = 2 * kernel.Block

// maxBlockK bounds the keys of a tile, as nothing preempts a product.
const maxBlockK = 512

// Engine is a plan of exact softmax attention. For every panel of query rows it visits the
// spans of a BlockMask, a tile of keys at a time. It keeps only the running maximum, sum
// and output (Dao et al. 2022, algorithm 1, forward pass; Dao 2023, section 3.1, query
// blocks outermost), so that its workspace does not depend on the lengths.
type Engine struct {
	pool.Parts
	shared Panels
	blocks *mask.BlockMask // of Lanes query rows a block
	panels int             // panels of a head
	group  int             // query heads of one kv head that meet each tile of keys together
}

// maxGroup bounds Engine.group, so that the panels of a group stay in the cache of a core.
const maxGroup = 4

// NewEngine plans p for the named variant. Its errors are those of NewPanels, and a BlockK
// outside its range. cover makes the BlockMask of what the engine visits, of blockQ query
// rows a block.
func NewEngine(variant string, p attn.Problem, o attn.Options, config Config, cover func(m mask.Mask, s mask.Shape, blockQ int) *mask.BlockMask) (attn.Plan, error) {
	shared, err := NewPanels(variant, p, o)
	if err != nil {
		return nil, err
	}
	shared.blockK = cmp.Or(config.BlockK, DefaultBlockK)
	if shared.blockK < kernel.Block || shared.blockK > maxBlockK || shared.blockK%subtileKeys != 0 {
		return nil, fmt.Errorf("%s: Config.BlockK is %d: want a multiple of %d from %d to %d", variant, shared.blockK, subtileKeys, kernel.Block, maxBlockK)
	}
	if err := p.CheckBlockMask(shared.Set.Lanes); err != nil {
		return nil, fmt.Errorf("%s: %w", variant, err)
	}
	blocks := cover(p.VisibilityMask(), p.Shape(), shared.Set.Lanes)
	e := &Engine{shared: shared, blocks: blocks, panels: blocks.Blocks(), group: 1}
	if _, varies := shared.mask.Varies(); !varies {
		for e.group = maxGroup; p.QHeads/p.KVHeads%e.group != 0; {
			e.group--
		}
	}
	if err := e.Init(p, o, p.Batch*p.QHeads/e.group*e.panels, e.shared.tileFloats()+e.group*e.shared.panelFloats(), e.part); err != nil {
		return nil, fmt.Errorf("%s: %w", variant, err)
	}
	return e, nil
}

// tileFloats is what the panels of a head group share: one tile of scores [BlockK, L].
func (c *Panels) tileFloats() int { return c.blockK*c.Set.Lanes + c.MaskedTileFloats() }

func (c *Panels) panelFloats() int { return c.WorkFloats() + c.StatsFloats() }

// part is part i of a Forward: the same rows of a group of heads. Parts take panels from
// the last to the first: under a causal mask the long panels start first, and the short
// ones fill the gaps at the end.
func (e *Engine) part(a *attn.Args, ws []float32, i int) {
	p := &e.shared.Problem
	first, n := i/e.panels*e.group, e.panels-1-i%e.panels
	b, h := first/p.QHeads, first%p.QHeads
	scores := e.shared.blockK * e.shared.Set.Lanes
	s, ws := ws[:scores], ws[scores:]
	masked := e.shared.NewMaskedTile(ws)
	ws = ws[e.shared.MaskedTileFloats():]
	var panels [maxGroup]Panel
	group := panels[:e.group]
	for j := range group {
		work := ws[j*e.shared.panelFloats() : (j+1)*e.shared.panelFloats()]
		group[j] = e.shared.Panel(a, work, work[e.shared.WorkFloats():], b, h+j, n)
		group[j].Load(a)
	}
	cold := e.prefetchesOf(a, i+1)
	spans := e.blocks.Spans(b, h, n)
	e.walk(group, &masked, s, spans, &cold)
	for j := range group {
		group[j].Store(a)
	}
	for j := range group {
		if x := &group[j]; x.Overflowed() {
			x.Shrink()
			x.Load(a)
			e.walk(group[j:j+1], &masked, s, spans, &prefetches{})
			x.StoreOverflowed(a)
		}
	}
}

// walk takes all panels of a head group over the keys of spans, tile by tile.
func (e *Engine) walk(group []Panel, masked *MaskedTile, s []float32, spans []mask.Span, cold *prefetches) {
	for len(spans) > 0 {
		lo, joined := spans[0].Lo, 1
		for joined < len(spans) && spans[joined].Lo == spans[joined-1].Hi {
			joined++
		}
		for hi, keys := spans[joined-1].Hi, 0; lo < hi; lo += keys {
			for spans[0].Hi <= lo {
				spans, joined = spans[1:], joined-1
			}
			full := 0 // keys from lo on that all rows see
			if spans[0].Full {
				full = spans[0].Hi - lo
			}
			// Fewer than a block of full keys share a tile with the masked keys behind them.
			if keys = min(e.shared.blockK, full&^(subtileKeys-1)); keys < kernel.Block {
				keys = min(kernel.Block, hi-lo)
			}
			e.visit(group, masked, s, lo, keys, keys <= full, cold)
			par.PreemptionPoint()
		}
		spans = spans[joined:]
	}
}

// visit takes all panels of a head group over one tile of keys, so that memory gives K and
// V once for all of them.
func (e *Engine) visit(group []Panel, masked *MaskedTile, s []float32, k0, keys int, full bool, cold *prefetches) {
	if !full {
		group[0].Visibility(masked.vis, k0, keys)
	}
	for j := range group {
		x := &group[j]
		if !full {
			x.visitMasked(masked, s, k0, keys, cold.take())
			continue
		}
		x.Scores(s, k0, keys, cold.takeOr(x.v, x.b, x.g, k0, keys))
		x.Softmax(s, keys)
		if x.biased && !x.finiteValues(k0, keys) {
			x.accumulateBiased(masked, s, k0, keys)
			continue
		}
		x.Accumulate(s, k0, keys, cold.takeOr(x.k, x.b, x.g, k0+keys, keys))
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: every pair of the visited spans, masked
// pairs at their edges included.
func (e *Engine) ExecutedFLOPs() int64 {
	p := &e.shared.Problem
	return 2 * int64(p.HeadDim+p.ValueDim) * e.blocks.Pairs(p.Batch, p.QHeads)
}
