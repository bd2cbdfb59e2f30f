package sparse

import (
	"cmp"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/attn/pool"
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// TopK is block selection. A block of query rows scores the blocks of keys that the mask
// shows, and attends to the Keep best and to the local blocks, which hold the positions of
// the queries. The score of a block is scale · mean query · mean key, without softcap, ALiBi
// and bias. Between equal scores the earlier block wins, and NaN ranks below every number.
// Each query head chooses for itself, also within a head group. A block is a candidate if a
// span of the mask touches it; under masks with a period, no query may see such a block.
//
// Under a causal mask only blocks of keys before the queries compete, and the mask still
// hides keys of the local blocks. The choice depends on all queries of a block of rows: an
// early row depends on later rows, which a decoder does not have. With BlockQ 1 each row
// chooses alone, as in the gate of MoBA (Lu et al. 2025, section 2.2), whose top k count the
// local block. NSA chooses for head groups by the scores of its compression branch (Yuan et
// al. 2025, section 3.3.2).
type TopK struct {
	BlockK int // keys of a block; 0 is 64
	Keep   int // max blocks beside the local blocks; 0 is the local blocks alone
	// BlockQ is how many query rows choose together; 0 is 32, the rows of a panel of the
	// widest kernel set. A panel that spans two blocks of rows visits the keys of both.
	BlockQ int
}

// NewTopK returns block selection of the 8 best blocks of 64 keys.
func NewTopK() attn.Variant { return TopK{Keep: 8}.New() }

// New returns the variant with this choice of blocks, under the same name. A field
// outside its range is an error of Plan.
func (c TopK) New() attn.Variant {
	c.BlockK, c.BlockQ = cmp.Or(c.BlockK, 64), cmp.Or(c.BlockQ, 32)
	return topK{c}
}

type topK struct{ config TopK }

// Name implements [attn.Variant].
func (topK) Name() string { return "sparse-topk" }

// Engine implements [attn.HasEngine].
func (topK) Engine() string { return "tile" }

// ISAs implements [attn.HasISAs].
func (topK) ISAs() []string { return kernel.Names() }

// Traits implements [attn.HasTraits]: every Forward makes a selection and the lists of
// keys to visit under it.
func (topK) Traits() attn.Traits { return attn.Traits{Allocates: true, OnRequest: true} }

// Plan implements [attn.Variant]. It supports every softmax Problem. The Plan is an
// [attn.Selector].
func (v topK) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	panels, err := tile.NewPanels(v.Name(), p, o)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name            string
		value, min, max int
	}{
		{"BlockK", v.config.BlockK, 1, mask.MaxSelectionBlock}, {"BlockQ", v.config.BlockQ, 1, mask.MaxSelectionBlock},
		{"Keep", v.config.Keep, 0, math.MaxInt32},
	} {
		if f.value < f.min || f.value > f.max {
			return nil, fmt.Errorf("%s: TopK.%s is %d: want %d to %d", v.Name(), f.name, f.value, f.min, f.max)
		}
	}
	x := &selecting{TopK: v.config, name: v.Name(), p: p, o: o, set: panels.Set, pool: pool.Of(o)}
	x.workers = max(1, min(o.Workers, max(x.meanParts(), x.panels())))
	if err := x.checkSize(); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name(), err)
	}
	// An empty selection needs the workspace of any other selection, and meets the same errors.
	none, err := mask.NewSelection(p.Shape(), x.BlockQ, x.BlockK)
	if err != nil {
		return nil, err
	}
	if err := x.under(none).Validate(); err != nil {
		return nil, err
	}
	p.Mask = none
	attend, err := x.attend(p)
	if err != nil {
		return nil, err
	}
	x.cover = mask.NewBlockMask(x.p.VisibilityMask(), x.p.Shape(), x.BlockQ)
	x.workspace = max(x.selectFloats(), attend.Workspace())
	return x, nil
}

// selecting is the plan: it selects, then attends.
type selecting struct {
	TopK
	name      string
	p         attn.Problem
	o         attn.Options
	set       *kernel.Set
	pool      attn.Pool
	workers   int
	cover     *mask.BlockMask // what the mask shows to each block of BlockQ rows
	workspace int
}

// under is the Problem of attention under a selection.
func (x *selecting) under(s *mask.Selection) attn.Problem {
	p := x.p
	p.Mask = mask.And(s, p.VisibilityMask())
	return p
}

func (x *selecting) attend(p attn.Problem) (attn.Plan, error) {
	return tile.NewEngine(x.name, p, x.o, tile.Config{}, mask.NewBlockMask)
}

// Workspace implements [attn.Plan].
func (x *selecting) Workspace() int { return x.workspace }

// Forward implements [attn.Plan].
func (x *selecting) Forward(a attn.Args, ws []float32) {
	_, attend := x.Select(a, ws)
	attend.Forward(a, ws)
}

// Select implements [attn.Selector].
func (x *selecting) Select(a attn.Args, ws []float32) (attn.Problem, attn.Plan) {
	a.Check(&x.p, ws, x.workspace)
	p := x.under(x.choose(a, ws))
	attend, err := x.attend(p)
	if err != nil {
		panic(err) // Plan tried it
	}
	return p, attend
}

// Selects implements [attn.Selector]: topk, keys of a block, blocks kept, rows of a block.
func (x *selecting) Selects() string {
	return fmt.Sprintf("topk:%d:%d:%d", x.BlockK, x.Keep, x.BlockQ)
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: the scores of all candidates, and all pairs of
// BlockQ rows with the kept blocks. A Forward may visit less at the edges of the mask, and
// more if its panels have another height.
func (x *selecting) ExecutedFLOPs() int64 {
	var scores, keys int64
	for b := range x.p.Batch {
		for h := range x.p.QHeads {
			for i := range x.cover.Blocks() {
				candidates, local := x.candidates(b, h, i), x.local(b, i)
				rows := min(x.BlockQ, x.p.QLen-i*x.BlockQ)
				n := candidates.count()
				scores += int64(n)
				keys += int64(rows) * int64(min(x.Keep, n)+local.hi-local.lo) * int64(x.BlockK)
			}
		}
	}
	d, dv := int64(x.p.HeadDim), int64(x.p.ValueDim)
	return 2*d*scores + 2*(d+dv)*keys
}
