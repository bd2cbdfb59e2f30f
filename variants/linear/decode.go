package linear

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// NewState implements [attn.Decoder] by what the tokens fold into: S [M, Dv] of every
// kv head, and z [M] where the rule has a normaliser. It does not grow with the
// capacity. A step folds its token in once and every query head of the group reads the
// result (Katharopoulos et al. 2020, section 3.4). Append allocates its scratch.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	x, err := v.Plan(p, o)
	if err != nil {
		return nil, err
	}
	s := &decoder{name: v.name, p: p, workers: max(1, o.Workers), pool: o.Pool, lens: make([]int, p.Batch)}
	if s.pool == nil {
		s.pool = par.Shared()
	}
	switch x := x.(type) {
	case *plan:
		s.rule = newFolding(x)
	case *gated:
		s.rule = newGating(x)
	}
	s.size = s.rule.size()
	s.kept = make([]float32, p.Batch*p.KVHeads*s.size)
	s.perWorker = kernel.RoundUp(s.rule.scratchSize(p.QLen), 16)
	return s, nil
}

// form is how the tokens of one kind of rule fold into the kept memory of a kv head.
type form interface {
	size() int                // of the memory, in float32s
	shared() int              // what all heads share, in float32s
	scratchSize(rows int) int // of a piece of at most so many rows
	// take folds the first rows tokens of a's batch entry b and kv head g into kept and,
	// where answer is set, answers the query heads of the group. scratch may hold anything.
	take(kept []float32, a *attn.Args, scratch []float32, b, g, rows int, answer bool)
}

// decoder implements attn.State, and attn.Task for the call under way: part i is one kv
// head of one batch entry.
type decoder struct {
	name      string
	p         attn.Problem
	workers   int
	pool      attn.Pool
	rule      form
	size      int       // of the memory of one kv head
	kept      []float32 // [B, Hkv, size]
	lens      []int
	perWorker int

	a      attn.Args
	n      []int
	ws     []float32
	answer bool
}

// Len implements [attn.State].
func (s *decoder) Len(b int) int { return s.lens[b] }

// Bytes implements [attn.State].
func (s *decoder) Bytes() int64 { return int64(4*(len(s.kept)+s.rule.shared()) + 8*len(s.lens)) }

// Workspace implements [attn.State].
func (s *decoder) Workspace() int { return s.busy() * s.perWorker }

// busy is how many workers have something to do.
func (s *decoder) busy() int { return min(s.workers, s.p.Batch*s.p.KVHeads) }

// Append implements [attn.State].
func (s *decoder) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		return err
	}
	s.run(a, n, make([]float32, s.Workspace()), false)
	return nil
}

// Extend implements [attn.State].
func (s *decoder) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&s.p, s.lens, n, ws, s.Workspace()); err != nil {
		return err
	}
	s.run(a, n, ws, true)
	return nil
}

func (s *decoder) run(a attn.Args, n []int, ws []float32, answer bool) {
	s.a, s.n, s.ws, s.answer = a, n, ws, answer
	s.pool.Run(s, s.p.Batch*s.p.KVHeads, s.busy())
	for b := range s.lens {
		s.lens[b] += s.rows(b)
	}
	s.a, s.n, s.ws = attn.Args{}, nil, nil
}

// rows is how many tokens batch entry b takes in the call under way.
func (s *decoder) rows(b int) int {
	if s.n == nil {
		return s.a.K.Shape[2]
	}
	return s.n[b]
}

// Part implements [attn.Task].
func (s *decoder) Part(worker, i int) {
	b, g := i/s.p.KVHeads, i%s.p.KVHeads
	if rows := s.rows(b); rows > 0 {
		s.rule.take(s.of(b, g), &s.a, s.ws[worker*s.perWorker:(worker+1)*s.perWorker], b, g, rows, s.answer)
	}
}

// of is the memory of one kv head.
func (s *decoder) of(b, g int) []float32 {
	at := (b*s.p.KVHeads + g) * s.size
	return s.kept[at : at+s.size : at+s.size]
}

// Truncate implements [attn.State]: what was folded in cannot be taken out, so that n is
// Len, or 0.
func (s *decoder) Truncate(b, n int) error {
	switch {
	case n < 0 || n > s.lens[b]:
		return fmt.Errorf("%s: Truncate to %d tokens: batch entry %d holds %d", s.name, n, b, s.lens[b])
	case n == 0:
		s.Reset(b)
	case n < s.lens[b]:
		return fmt.Errorf("%s: Truncate to %d of %d tokens: they are folded into one state: %w", s.name, n, s.lens[b], errors.ErrUnsupported)
	}
	return nil
}

// Reset implements [attn.State].
func (s *decoder) Reset(b int) {
	for g := range s.p.KVHeads {
		clear(s.of(b, g))
	}
	s.lens[b] = 0
}
