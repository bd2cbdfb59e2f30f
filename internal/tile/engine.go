package tile

import (
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Engine is a plan of exact softmax attention: for every panel of query rows it
// visits the runs of a BlockMask, a tile of keys at a time, and keeps only
// the running maximum, sum and output (Dao et al. 2022, algorithm 1, forward
// pass; Dao 2023, section 3.1, query blocks outermost). Its workspace does not
// depend on the lengths.
type Engine struct {
	par.Parts
	config Config
	blocks *attn.BlockMask // of Lanes query rows a block
	panels int             // panels of a head
	team   int             // query heads of one kv head that meet each tile of keys together
}

// mostTeam bounds a team, so that the panels of a team stay in the cache of a core.
const mostTeam = 4

// DefaultBlockK is the most keys of a tile that all rows of a panel see whole. Against
// tiles of kernel.Block it halves the times that the output is loaded, rescaled
// and stored, and is worth 2 % at d = 64; twice as many are worth nothing more.
const DefaultBlockK = 2 * kernel.Block

// MaxBlockK bounds the keys of a tile: the products of one are not preempted.
const MaxBlockK = 512

// NewEngine plans p for the named variant; its errors are those of NewConfig.
// Tiles have at most blockK keys, a multiple of 8 from 64 to MaxBlockK.
// cover makes the BlockMask that says what is visited, of blockQ query rows a block.
func NewEngine(variant string, p attn.Problem, o attn.Options, blockK int, cover func(p attn.Problem, blockQ int) *attn.BlockMask) (attn.Plan, error) {
	config, err := NewConfig(variant, p, o)
	if err != nil {
		return nil, err
	}
	if blockK < kernel.Block || blockK > MaxBlockK || blockK%step != 0 {
		return nil, fmt.Errorf("%s: Config.BlockK is %d: want a multiple of %d from %d to %d", variant, blockK, step, kernel.Block, MaxBlockK)
	}
	config.blockK = blockK
	blocks := cover(p, config.Set.Lanes)
	e := &Engine{config: config, blocks: blocks, panels: blocks.Blocks(), team: 1}
	if _, varies := config.mask.Varies(); !varies {
		for e.team = mostTeam; p.QHeads/p.KVHeads%e.team != 0; {
			e.team--
		}
	}
	e.Init(p, o, p.Batch*p.QHeads/e.team*e.panels, e.config.tileFloats()+e.team*e.config.panelFloats(), e.part)
	return e, nil
}

// tileFloats is what the panels of a team share: one tile of scores [BlockK, L].
func (c *Config) tileFloats() int { return c.blockK*c.Set.Lanes + c.PartialFloats() }

func (c *Config) panelFloats() int { return c.WorkFloats() + c.StatsFloats() }

// part is part i of a Forward: the same rows of a team of heads. Panels go from
// the last to the first: under a causal mask the long ones start first and the
// short ones fill the gaps at the end.
func (e *Engine) part(a *attn.Args, ws []float32, i int) {
	p := &e.config.Problem
	first, n := i/e.panels*e.team, e.panels-1-i%e.panels
	b, h := first/p.QHeads, first%p.QHeads
	scores := e.config.blockK * e.config.Set.Lanes
	s, ws := ws[:scores], ws[scores:]
	partial := e.config.NewPartial(ws)
	ws = ws[e.config.PartialFloats():]
	var panels [mostTeam]Panel
	team := panels[:e.team]
	for j := range team {
		work := ws[j*e.config.panelFloats() : (j+1)*e.config.panelFloats()]
		team[j] = e.config.Panel(a, work, work[e.config.WorkFloats():], b, h+j, n)
		team[j].Load(a)
	}
	ahead := e.aheadOf(a, i)
	runs := e.blocks.Runs(b, h, n)
	for len(runs) > 0 {
		lo, joined := runs[0].Lo, 1
		for joined < len(runs) && runs[joined].Lo == runs[joined-1].Hi {
			joined++
		}
		for hi, keys := runs[joined-1].Hi, 0; lo < hi; lo += keys {
			for runs[0].Hi <= lo {
				runs, joined = runs[1:], joined-1
			}
			whole := 0 // keys from lo on that all rows see
			if runs[0].Full {
				whole = runs[0].Hi - lo
			}
			// What is left of a run joins the partial keys behind it where it is
			// short; where not, they need not pay for it.
			if keys = min(e.config.blockK, whole&^(step-1)); keys < kernel.Block {
				keys = min(kernel.Block, hi-lo)
			}
			e.visit(team, &partial, s, lo, keys, keys <= whole, &ahead)
			par.PreemptionPoint()
		}
		runs = runs[joined:]
	}
	for j := range team {
		team[j].Store(a)
	}
}

// visit takes one tile of keys past all panels of a team, so that K and V are
// fetched once for all of them.
func (e *Engine) visit(team []Panel, partial *Partial, s []float32, k0, keys int, full bool, ahead *ahead) {
	if !full {
		team[0].Visibility(partial.vis, k0, keys)
	}
	for j := range team {
		x := &team[j]
		if !full {
			x.visitPartial(partial, s, k0, keys, ahead.take())
			continue
		}
		x.Scores(s, k0, keys, ahead.or(x.v, x.b, x.g, k0, keys))
		x.Softmax(s, keys)
		if x.biased && !x.finiteValues(k0, keys) {
			x.accumulateBiased(partial, s, k0, keys)
			continue
		}
		x.Accumulate(s, k0, keys, ahead.or(x.k, x.b, x.g, k0+keys, keys))
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: every pair of the visited runs,
// the masked ones at their edges included.
func (e *Engine) ExecutedFLOPs() int64 {
	p := &e.config.Problem
	return 2 * int64(p.HeadDim+p.ValueDim) * e.blocks.Pairs(p.Batch, p.QHeads)
}
