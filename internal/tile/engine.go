package tile

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Engine is a plan of exact softmax attention: for every panel of query rows it
// visits the runs of a BlockMask, kernel.Block keys at a time, and keeps only
// the running maximum, sum and output (Dao et al. 2022, algorithm 1, forward
// pass; Dao 2023, section 3.1, query blocks outermost). Its workspace does not
// depend on the lengths.
type Engine struct {
	par.Parts
	config Config
	blocks *attn.BlockMask // of Lanes query rows a block
	panels int             // panels of a head
}

// NewEngine plans p for the named variant; its errors are those of NewConfig.
// cover makes the BlockMask that says what is visited, of blockQ query rows a block.
func NewEngine(variant string, p attn.Problem, o attn.Options, cover func(p attn.Problem, blockQ int) *attn.BlockMask) (attn.Plan, error) {
	config, err := NewConfig(variant, p, o)
	if err != nil {
		return nil, err
	}
	blocks := cover(p, config.Set.Lanes)
	e := &Engine{config: config, blocks: blocks, panels: blocks.Blocks()}
	perWorker := kernel.Block*config.Set.Lanes + e.config.WorkFloats() + e.config.StatsFloats()
	e.Init(p, o, p.Batch*p.QHeads*e.panels, perWorker, e.panel)
	return e, nil
}

// panel is part i of a Forward. Panels go from the last to the first: under a
// causal mask the long ones start first and the short ones fill the gaps at the end.
func (e *Engine) panel(a *attn.Args, ws []float32, i int) {
	head, n := i/e.panels, e.panels-1-i%e.panels
	b, h := head/e.config.Problem.QHeads, head%e.config.Problem.QHeads
	scores, work := kernel.Block*e.config.Set.Lanes, e.config.WorkFloats()
	s, ws := ws[:scores], ws[scores:]
	x := e.config.Panel(a, ws[:work], ws[work:], b, h, n)
	x.Load(a)
	x.Clear()
	for _, run := range e.blocks.Runs(b, h, n) {
		for k0 := run.Lo; k0 < run.Hi; k0 += kernel.Block {
			x.visit(s, k0, min(kernel.Block, run.Hi-k0), run.Full)
		}
	}
	x.Store(a)
}

// visit takes one tile of keys through scores, softmax and output.
func (x *Panel) visit(s []float32, k0, keys int, full bool) {
	x.Scores(s, k0, keys)
	if full {
		x.Softmax(s, keys)
		x.Accumulate(s, k0, keys, nil)
		return
	}
	vis := x.Visibility(k0, keys)
	vis.Select(s, x.Set.Lanes, keys, float32(math.Inf(-1)))
	x.Softmax(s, keys)
	x.Accumulate(s, k0, keys, &vis)
}

// ExecutedFLOPs implements [attn.CountsFLOPs].
func (e *Engine) ExecutedFLOPs() int64 {
	p := &e.config.Problem
	return 2 * int64(p.HeadDim+p.ValueDim) * e.blocks.Pairs(p.Batch, p.QHeads)
}
