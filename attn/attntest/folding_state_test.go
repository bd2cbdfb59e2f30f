package attntest_test

import (
	"errors"
	"fmt"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
)

// NewState returns a State that keeps what the keys fold into, and cannot take a key back.
func (v folding) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	if _, err := v.Plan(p, o); err != nil {
		return nil, err
	}
	s := &folded{folding: v, p: p, pool: o.Pool, workers: max(1, o.Workers), lens: make([]int, p.Batch), n: make([]int, p.Batch)}
	if s.pool == nil {
		s.pool = inOrder{}
	}
	s.s = attn.NewTensor(p.Batch, p.QHeads, p.HeadDim, p.ValueDim)
	return s, nil
}

type folded struct {
	folding
	p       attn.Problem
	pool    attn.Pool
	workers int
	s       attn.Tensor // [Batch, QHeads, D, Dv]: one for each query head, as in Plan
	lens    []int
	a       attn.Args // of the call, as is n
	n       []int
}

func (s *folded) Len(b int) int { return s.lens[b] }

func (s *folded) Bytes() int64 { return 4 * int64(len(s.s.Data)) }

func (s *folded) Workspace() int { return 0 }

func (s *folded) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		return err
	}
	a.Q, a.Out = attn.Tensor{}, attn.Tensor{}
	s.run(a, n)
	return nil
}

func (s *folded) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&s.p, s.lens, n, ws, 0); err != nil {
		return err
	}
	s.run(a, n)
	return nil
}

func (s *folded) run(a attn.Args, n []int) {
	for b := range s.n {
		if s.n[b] = a.K.Shape[2]; n != nil {
			s.n[b] = n[b]
		}
	}
	s.a = a
	s.pool.Run(s, s.p.Batch*s.p.QHeads, s.workers)
	for b, more := range s.n {
		s.lens[b] += more
	}
}

// Part implements [attn.Task].
func (s *folded) Part(_, i int) {
	b, h, scale := i/s.p.QHeads, i%s.p.QHeads, float32(s.p.Scale.Value(s.p.HeadDim))
	for t := range s.n[b] {
		if t == 0 && s.n[b] > 1 && s.leavesOneOut {
			continue
		}
		for r, k := range s.a.K.Row(b, s.p.KVHead(h), t) {
			row := s.s.Row(b, h, r)
			for c, v := range s.a.V.Row(b, s.p.KVHead(h), t) {
				row[c] += k * v
			}
		}
		if s.a.Out.Data == nil {
			continue
		}
		out := s.a.Out.Row(b, h, t)
		clear(out)
		for r, q := range s.a.Q.Row(b, h, t) {
			for c, x := range s.s.Row(b, h, r) {
				out[c] += scale * q * x
			}
		}
	}
}

func (s *folded) Truncate(b, n int) error {
	switch {
	case n < 0 || n > s.lens[b]:
		return fmt.Errorf("n is %d: want 0 to %d", n, s.lens[b])
	case n == 0:
		s.Reset(b)
	case n < s.lens[b]:
		return fmt.Errorf("folding: a state cannot give keys back: %w", errors.ErrUnsupported)
	}
	return nil
}

func (s *folded) Reset(b int) {
	s.lens[b] = 0
	for i := range s.p.QHeads * s.p.HeadDim {
		if !s.forgets {
			clear(s.s.Row(b, i/s.p.HeadDim, i%s.p.HeadDim))
		}
	}
}

const (
	loadsFirstEntry bug = "Load reads entry 0 of a batch for every entry"
	storesTooLittle bug = "Store leaves the last row out"
	loadsAnyLength  bug = "Load takes more tokens than the capacity"
	loadsOnRefusal  bug = "Load empties an entry before it refuses"
)

func (s *folded) Load(b, length int, a attn.Args) error {
	if s.carry == loadsOnRefusal {
		s.Reset(b)
	}
	if s.carry == loadsAnyLength {
		length = min(length, s.p.KVLen)
	}
	entry, err := a.CheckLoad(&s.p, b, length)
	if err != nil {
		return err
	}
	if s.carry == loadsFirstEntry {
		entry.State0.Data = a.State0.Data
	}
	for i := range s.p.QHeads * s.p.HeadDim {
		h, r := i/s.p.HeadDim, i%s.p.HeadDim
		copy(s.s.Row(b, h, r), entry.State0.Row(0, s.p.KVHead(h), r))
	}
	s.lens[b] = length
	return nil
}

func (s *folded) Store(b int, a attn.Args) error {
	entry, err := a.CheckStore(&s.p, b)
	if err != nil {
		return err
	}
	for i := range s.p.KVHeads * s.p.HeadDim {
		g, r := i/s.p.HeadDim, i%s.p.HeadDim
		if s.carry != storesTooLittle || r < s.p.HeadDim-1 {
			copy(entry.StateN.Row(0, g, r), s.s.Row(b, g*(s.p.QHeads/s.p.KVHeads), r))
		}
	}
	return nil
}

func TestBugsOfACarriedStateAreCaught(t *testing.T) {
	for _, carry := range []bug{loadsFirstEntry, storesTooLittle, loadsAnyLength, loadsOnRefusal} {
		t.Run(string(carry), func(t *testing.T) { mustCatch(t, folding{carry: carry}, "carried") })
	}
}

func TestBugsOfAFoldingDecoderAreCaught(t *testing.T) {
	for _, rule := range []string{"truncate", "reset"} {
		mustCatch(t, folding{forgets: true}, rule)
	}
	for _, rule := range []string{"extend", "append"} {
		mustCatch(t, folding{leavesOneOut: true}, rule)
	}
}

func TestSeedsOfTheFuzzerOfStatesCatchBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for v, want := range map[attn.Variant]int{remembering{}: 20, folding{}: 2} {
		if ran, violations := attntest.TryStateSeeds(v, false); ran < want || len(violations) > 0 {
			t.Errorf("%d runs of the %s decoder, and violations %v", ran, v.Name(), violations)
		}
		if ran, violation := attntest.TryDrawnStates(v); ran < want || violation != "" {
			t.Errorf("%d runs of the %s decoder, and the violation %q", ran, v.Name(), violation)
		}
	}
	for _, bug := range []bug{
		stepOneOff, cutsLSE, missingWeight, windowOffByOne, relativeError, appendTakesAll, appendBounded, appendDropsV, keepsOldRows,
		refusesScales, resetsAll, halfTaken, readsPast, writesPast, lengthOfRows, zeroWorkspace, stridesIgnored, tiledHeads, truncatesUp,
	} {
		if _, violations := attntest.TryStateSeeds(remembering{bug: bug}, true); len(violations) == 0 {
			t.Errorf("%s: no seed shows it", bug)
		}
		if _, violation := attntest.TryDrawnStates(remembering{bug: bug}); violation == "" {
			t.Errorf("%s: nothing drawn shows it", bug)
		}
	}
}
