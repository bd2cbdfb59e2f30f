// Package splitkv is the state of softmax variants that answer a sequence piece by
// piece: a cache of K and V, the few queries of a step against all of it, and long
// pieces by the variant's own Plan. In the steady state a step allocates nothing.
package splitkv

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Config is what a variant makes its states of.
type Config struct {
	Variant string
	Plan    func(attn.Problem, attn.Options) (attn.Plan, error) // for pieces of more than few rows
	// Rolling drops the keys that a window, or a window with sink tokens, has left behind.
	Rolling bool
	// Whole forms all scores of a query, then their softmax, then the sum, as naive does.
	Whole bool
}

// few is how many query rows of a sequence are answered one by one; panels of more
// pay although most of their lanes are empty.
const few = 4

// state implements attn.State.
type state struct {
	cache
	config Config
	p      attn.Problem
	o      attn.Options
	set    *kernel.Set
	pool   attn.Pool
	heads  int // query heads that share their keys: a group, or 1 where the mask varies by head
	need   int
	byRow  bool // long pieces too are answered row by row
	step   step
}

// New makes a state of p. Its errors are those of Plan.
func (c Config) New(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Variant, err)
	}
	s := &state{config: c, p: p, o: o, set: set, pool: o.Pool, heads: p.QHeads / p.KVHeads}
	if s.pool == nil {
		s.pool = par.Shared()
	}
	s.o.Workers = max(1, o.Workers)
	mask := p.VisibilityMask()
	if _, varies := mask.Varies(); varies {
		s.heads = 1
	}
	sinks, left := 0, -1
	if c.Rolling {
		sinks, left, _ = attn.Streaming(mask)
	}
	// The longest piece at the end of a full cache needs the most.
	longest := p
	longest.Batch, longest.QueryStart = 1, []int{p.KVLen - p.QLen}
	plan, err := c.Plan(longest, o)
	if err != nil {
		return nil, err
	}
	s.cache = newCache(&p, sinks, left)
	// With sinks the rows of a turned ring do not stand at their distance from the queries.
	s.byRow = s.pinned > 0 && p.ALiBi != nil
	s.step.init(s)
	s.need = max(plan.Workspace(), s.step.floats())
	return s, nil
}

// Len implements [attn.State].
func (s *state) Len(b int) int { return s.lens[b] }

// Bytes implements [attn.State].
func (s *state) Bytes() int64 { return s.bytes() }

// Workspace implements [attn.State].
func (s *state) Workspace() int { return s.need }

// Append implements [attn.State].
func (s *state) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		return err
	}
	for b := range s.lens {
		s.put(&a, b, rowsOf(&a, n, b))
	}
	return nil
}

// Extend implements [attn.State].
func (s *state) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&s.p, s.lens, n, ws, s.need); err != nil {
		return err
	}
	plans, err := s.plans(&a, n)
	if err != nil {
		return err
	}
	for b := range s.lens {
		rows := rowsOf(&a, n, b)
		if !s.isFew(rows) {
			s.straighten(b, s.reach(b))
		}
		s.put(&a, b, rows)
	}
	s.step.run(&a, n, ws)
	for b, plan := range plans {
		if plan != nil {
			s.long(plan, &a, b, rowsOf(&a, n, b), ws)
		}
	}
	return nil
}

func (s *state) isFew(rows int) bool { return rows <= few || s.byRow }

// reach is the first token past the pinned ones that the next query may see.
func (s *state) reach(b int) int {
	if s.ring == 0 {
		return 0
	}
	return max(s.oldest(b), s.lens[b]-(s.ring-s.p.QLen))
}

func rowsOf(a *attn.Args, n []int, b int) int {
	if n == nil {
		return a.K.Shape[2]
	}
	return n[b]
}

// Truncate implements [attn.State]. A rolling cache can where the keys that the next
// query sees are still there.
func (s *state) Truncate(b, n int) error {
	if n < 0 || n > s.lens[b] {
		return fmt.Errorf("%s: Truncate to %d tokens: batch entry %d holds %d", s.config.Variant, n, b, s.lens[b])
	}
	if s.ring > 0 {
		if first := max(s.pinned, n-(s.ring-s.p.QLen)); n > s.pinned && first < s.oldest(b) {
			return fmt.Errorf("%s: Truncate to %d tokens: those before %d are overwritten: %w", s.config.Variant, n, s.oldest(b), errors.ErrUnsupported)
		}
	}
	s.cut(b, n)
	return nil
}

// Reset implements [attn.State].
func (s *state) Reset(b int) { s.reset(b) }
