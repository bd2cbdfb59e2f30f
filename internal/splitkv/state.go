// Package splitkv is the state of the softmax variants that decode: a KV cache, and the
// outputs of queries over the cache. A decode step has a few query rows. It is split over
// the keys: each split gives a partial result, and the partial results of a row are merged
// (Dao et al. 2023, Flash-Decoding). A longer chunk goes to the variant's own Plan. A step
// allocates nothing in the steady state.
package splitkv

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/attn/pool"
	"attnbench/internal/kernel"
	"attnbench/internal/kvcache"
	"attnbench/internal/tile"
)

// Config is what a variant makes its states of.
type Config struct {
	Variant string
	Plan    func(attn.Problem, attn.Options) (attn.Plan, error) // for chunks that are longer than a step
	// Forget lets the cache drop the keys that a window, or a window with sink tokens, has
	// left behind.
	Forget bool
	// Whole forms all scores of a query, then their softmax, then the sum, as naive does.
	Whole bool
}

// maxStepRows bounds the query rows of a sequence in a step, which takes them one by one.
// Five rows are faster as a panel, although most lanes of the panel are empty.
const maxStepRows = 4

// state implements [attn.State].
type state struct {
	cache       kvcache.Cache
	k, v        attn.Tensor // of the cache: rows that hold tokens
	lens        []int       // [B], of the cache: tokens taken
	config      Config
	p           attn.Problem
	o           attn.Options
	set         *kernel.Set
	modifiers   tile.Modifiers
	pool        attn.Pool
	heads       int // query heads of a head group, or 1 where the mask varies by head
	workspace   int
	streams     bool // the mask is a window, with sink tokens or without
	sinks, left int  // a query sees its own token, left before it, and the first sinks
	byRow       bool // longer chunks too go row by row
	step        step
}

// New makes a state of p. Its errors are those of Plan.
func (c Config) New(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := cmp.Or(p.ValidateState(), o.Validate()); err != nil {
		return nil, err
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Variant, err)
	}
	s := &state{config: c, p: p, o: o, set: set, modifiers: tile.NewModifiers(set, &p), pool: pool.Of(o), heads: p.QHeads / p.KVHeads}
	s.step.maskHeads = 1
	if _, varies := p.VisibilityMask().Varies(); varies {
		s.heads, s.step.maskHeads = 1, p.QHeads
	}
	// The longest chunk at the end of a full cache needs the largest workspace.
	longest := p
	longest.Batch, longest.QueryStart = 1, []int{p.KVLen - p.QLen}
	plan, err := c.Plan(longest, o)
	if err != nil {
		return nil, err
	}
	if s.sinks, s.left, s.streams = mask.Streaming(p.VisibilityMask()); !s.streams {
		s.left = p.KVLen
	}
	pinned, latest := 0, p.KVLen
	if c.Forget && s.streams {
		pinned, latest = s.sinks, s.left+p.QLen // the longest chunk stands beside the window
	}
	// Gather puts pinned tokens next to much later ones, and ALiBi sees distances.
	s.byRow = pinned > 0 && pinned+latest < p.KVLen && p.ALiBi != nil
	s.step.init(s)
	if err := s.checkSize(min(p.KVLen, pinned+latest)); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Variant, err)
	}
	s.cache = kvcache.New(&p, pinned, latest)
	s.lens = s.cache.Lens()
	s.k, s.v = s.cache.Rows()
	s.step.spans = make([][]mask.Span, s.step.spanLists())
	s.workspace = max(plan.Workspace(), s.step.floats())
	return s, nil
}

// checkSize reports what takes more than attn.MaxBytes: a cache of so many rows with the
// counts and the spans of its sequences, or the workspace of a step.
func (s *state) checkSize(rows int) error {
	const counts, list = 3 * 8, 24 // bytes: of lens, origin and floor; of a list of spans
	p, x := &s.p, &s.step
	entry := 4*p.KVHeads*rows*(p.HeadDim+p.ValueDim) + counts + list*x.rows*x.maskHeads
	return cmp.Or(
		attn.CheckBytes("Batch, KVHeads, KVLen, HeadDim and ValueDim", "the KV cache", p.Batch, entry),
		attn.CheckFloats("Workers", "the workspace of a step", x.workers, x.workerFloats),
		attn.CheckFloats("Batch, QHeads, KVLen and ValueDim", "the workspace of a step", p.Batch, p.QHeads, x.rows, x.maxSplits, x.partialFloats),
		attn.CheckFloats("Workers", "the workspace of a step", x.floats()),
	)
}

// Len implements [attn.State].
func (s *state) Len(b int) int { return s.lens[b] }

// Bytes implements [attn.State].
func (s *state) Bytes() int64 { return s.cache.Bytes() }

// Workspace implements [attn.State].
func (s *state) Workspace() int { return s.workspace }

// Append implements [attn.State].
func (s *state) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		return err
	}
	for b := range s.lens {
		s.cache.Append(b, a.Tokens(n, b), a.K, a.V)
	}
	return nil
}

// Extend implements [attn.State]. It plans long chunks before it changes anything.
func (s *state) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&s.p, s.lens, n, ws, s.workspace); err != nil {
		return err
	}
	chunks, err := s.planLongChunks(&a, n)
	if err != nil {
		return err
	}
	for b := range s.lens {
		s.cache.Append(b, a.Tokens(n, b), a.K, a.V)
	}
	s.step.run(&a, n, ws)
	for b, chunk := range chunks {
		if chunk.plan != nil {
			s.outputLongChunk(chunk, &a, b, a.Tokens(n, b), ws)
		}
	}
	return nil
}

// isStep reports whether a chunk of that many rows is a decode step.
func (s *state) isStep(rows int) bool { return rows <= maxStepRows || s.byRow }

// Truncate implements [attn.State]. It fails if the next query would see a key that the
// cache has dropped.
func (s *state) Truncate(b, n int) error {
	if n < 0 || n > s.lens[b] {
		return fmt.Errorf("%s: Truncate to %d tokens: batch entry %d holds %d", s.config.Variant, n, b, s.lens[b])
	}
	if pinned, oldest := s.cache.Pinned(), s.cache.Oldest(b); n > pinned && max(pinned, n-s.left) < oldest {
		return fmt.Errorf("%s: Truncate to %d tokens: those before %d are overwritten: %w", s.config.Variant, n, oldest, errors.ErrUnsupported)
	}
	s.cache.Truncate(b, n)
	return nil
}

// Reset implements [attn.State].
func (s *state) Reset(b int) { s.cache.Reset(b) }
