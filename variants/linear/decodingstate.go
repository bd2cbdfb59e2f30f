package linear

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/pool"
	"attnbench/internal/kernel"
)

// NewState implements [attn.Decoder]. The State keeps S [M, Dv] of every kv head, and z [M] if
// the rule has a normaliser, whatever the capacity is. A step updates S once, and every query
// head of the group reads the result (Katharopoulos et al. 2020, section 3.4). Append
// allocates its scratch.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	several, err := v.shape(p, o)
	if err != nil {
		return nil, err
	}
	form := v.name
	if p.Rule.Kind == attn.Linear {
		form = recurrentName // the steps of a State are too short for panels
	}
	single := *several
	single.tokens, single.rowsPerBlock = 1, 1
	s := &decodingState{name: v.name, shape: several, several: newDriver(several, form), single: newDriver(&single, form),
		pool: pool.Of(o)}
	if _, chunked := s.single.rule.(gates); chunked {
		// A chunk of one token costs a head more than to read the state after it.
		s.single.shares = nil
		for h := range s.group + 1 {
			s.single.shares = append(s.single.shares, h)
		}
	}
	var kept, need state
	s.several.rule.memory(&kept)
	s.several.rule.scratch(&need, &attn.Args{})
	s.size = kept.floats
	s.perWorker = kernel.RoundUp(need.floats+s.copyFloats(), 16)
	workers := min(max(1, o.Workers), p.Batch*p.KVHeads)
	if err := cmp.Or(
		attn.CheckFloats("Batch, KVHeads, HeadDim and ValueDim", "the state", p.Batch, p.KVHeads, s.size),
		attn.CheckFloats("Workers", "the workspace", workers, s.perWorker),
	); err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	s.kept, s.lens, s.states = make([]float32, p.Batch*p.KVHeads*s.size), make([]int, p.Batch), make([]state, workers)
	s.loaded = make([][]float32, p.Batch)
	for b := range p.Batch {
		s.Reset(b)
	}
	return s, nil
}

// decodingState implements attn.State, and attn.Task for the call under way: part i is one
// kv head of one batch entry.
type decodingState struct {
	*shape
	name            string
	pool            attn.Pool
	several, single driver      // for calls of several tokens, and of one, whose scratch is less
	size            int         // of the memory of one kv head
	kept            []float32   // [B, Hkv, size]
	loaded          [][]float32 // [B] favor's projection, transposed, if Load was given one
	lens            []int
	perWorker       int

	states []state // one per worker
	a      attn.Args
	n      []int
	ws     []float32
	output bool // the call has queries
}

// Len implements [attn.State].
func (s *decodingState) Len(b int) int { return s.lens[b] }

// Bytes implements [attn.State].
func (s *decodingState) Bytes() int64 {
	floats := len(s.kept) + len(s.projection)
	for _, w := range s.loaded {
		floats += len(w)
	}
	return int64(4*floats + 8*len(s.lens))
}

// Workspace implements [attn.State].
func (s *decodingState) Workspace() int { return len(s.states) * s.perWorker }

// Append implements [attn.State].
func (s *decodingState) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		return err
	}
	s.run(a, n, make([]float32, s.Workspace()), false)
	return nil
}

// Extend implements [attn.State].
func (s *decodingState) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&s.p, s.lens, n, ws, s.Workspace()); err != nil {
		return err
	}
	s.run(a, n, ws, true)
	return nil
}

func (s *decodingState) run(a attn.Args, n []int, ws []float32, output bool) {
	s.a, s.n, s.ws, s.output = a, n, ws, output
	s.pool.Run(s, s.p.Batch*s.p.KVHeads, len(s.states))
	for b := range s.lens {
		s.lens[b] += s.rows(b)
	}
	clear(s.states)
	s.a, s.n, s.ws = attn.Args{}, nil, nil
}

// rows is how many tokens batch entry b takes in the call under way.
func (s *decodingState) rows(b int) int { return s.a.Tokens(s.n, b) }

// Part implements [attn.Task].
func (s *decodingState) Part(worker, i int) {
	b, g := i/s.p.KVHeads, i%s.p.KVHeads
	rows := s.rows(b)
	if rows == 0 {
		return
	}
	d := s.several
	if rows == 1 {
		d = s.single
	}
	st := &s.states[worker]
	*st = state{sequence: sequence{0, rows, rows, true}, b: b, g: g, ws: s.ws[worker*s.perWorker : (worker+1)*s.perWorker]}
	d.rule.scratch(st, &s.a)
	if s.loaded[b] != nil {
		st.projection = s.loaded[b]
	}
	second := st.ws
	if !s.output {
		st.open(d.rule, s.of(b, g))
		d.update(st, &s.a, rows)
		return
	}
	for i := range d.shares[1:] {
		memory := s.of(b, g)
		if rows > 1 && i < len(d.shares)-2 {
			memory = second[:copy(second, memory)]
		}
		if rows > 1 || i == 0 { // all heads of the group read the same state after one token
			st.open(d.rule, memory)
		}
		d.share(st, i)
		d.walk(st, &s.a)
	}
}

// open points st at the memory of a kv head, whose next token is the first of the call.
func (st *state) open(r rule, memory []float32) {
	st.taken, st.ws = 0, memory
	r.memory(st)
}

// of is the memory of one kv head.
func (s *decodingState) of(b, g int) []float32 {
	at := (b*s.p.KVHeads + g) * s.size
	return s.kept[at : at+s.size : at+s.size]
}

// copyFloats is the room for a second state: over several rows, each share of a head group but
// the last takes the tokens into a copy.
func (s *decodingState) copyFloats() int {
	if s.p.QLen == 1 || len(s.several.shares) == 2 {
		return 0
	}
	return s.size
}

// Truncate implements [attn.State]: S does not give a token back, so that n must
// be Len or 0.
func (s *decodingState) Truncate(b, n int) error {
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
func (s *decodingState) Reset(b int) {
	for g := range s.p.KVHeads {
		var st state
		st.open(s.several.rule, s.of(b, g))
		s.several.rule.empty(&st)
	}
	s.lens[b], s.loaded[b] = 0, nil
}
