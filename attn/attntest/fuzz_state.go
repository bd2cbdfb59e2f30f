package attntest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/guard"
	"attnbench/internal/input"
	"attnbench/internal/oracle"
)

// FuzzState tries the States of v on histories that the fuzzer makes up: a small
// Problem, and chunks by Extend and Append, with Truncate and Reset between them. A
// decoder's fuzz target is one line,
//
//	func FuzzState(f *testing.F) { attntest.FuzzState(f, mine.New()) }
//
// The output is compared with the oracle on every kernel set. Where the history
// asks for more than the State can take it must be refused. Problems that NewState
// refuses with errors.ErrUnsupported are skipped.
func FuzzState(f *testing.F, v attn.Variant) {
	f.Helper()
	for _, data := range stateSeeds() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k := &kit{v: v, traits: attn.TraitsOf(v)}
		decoders(func(k *kit) { k.tryHistory(data) })(k)
		for _, violation := range k.violations {
			t.Error(violation)
		}
		if k.ran == 0 {
			t.SkipNow()
		}
	})
}

// stateSeeds are random bytes behind each choice of rule, of which softmax has every
// second one.
func stateSeeds() [][]byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	var list [][]byte
	for rule := range 4 * len(fuzzRules()) {
		data := []byte{byte(rule)}
		for range 127 {
			data = append(data, byte(rng.IntN(256)))
		}
		list = append(list, data)
	}
	return list
}

// inventState reads the Problem of a State out of s, and the profile of its numbers.
func inventState(s *source) (c testCase, workers, shift int) {
	var rule attn.Rule
	if x, others := s.upto(255), fuzzRules(); x%2 == 1 {
		rule = others[x/2%len(others)]
	}
	groups := 1 + s.upto(2)
	p := problem(1+s.upto(2), groups*(1+s.upto(3)), groups, 1+s.upto(39), 1+s.upto(199), 1+s.upto(39), 1+s.upto(39))
	if p.Rule = rule; rule.Feature == attn.Taylor2 {
		p.HeadDim = 1 + p.HeadDim%16 // there are 1 + D + D² features
	}
	p.QLen = min(p.QLen, p.KVLen)
	settings := s.upto(255)
	has := func(bit int) bool { return settings>>bit&1 == 1 }
	if has(2) {
		p.Scale = attn.ScaleOf(choose[float32](s, 0.2, 0, 1, 3, 40, -0.5))
	}
	if rule.Kind == attn.Softmax {
		modify(s, &p, func(bit int) bool { return bit != 6 && has(bit) }) // no Bias
		if p.Mask = s.causal(&p); p.ValidateState() != nil {
			p.Mask = attn.Causal() // one of its masks is of one length
		}
	} else {
		one := invention{testCase: testCase{p: p}}
		fold(s, &one, func(int) bool { return false })
		p = one.p
		p.Mask = attn.Causal()
	}
	return testCase{p, choose(s, input.Profiles()...)}, 1 + s.upto(3), s.upto(4) - 1
}

// causal is a mask of a State.
func (s *source) causal(p *attn.Problem) attn.Mask {
	width := func() int { return s.upto(min(p.KVLen, 255)) }
	switch s.upto(5) {
	case 0:
		return attn.Causal()
	case 1:
		return attn.Window{Left: width()}
	case 2:
		return mask.StreamingLLM(s.upto(9), width())
	case 3:
		return mask.StreamingLLM(width(), s.upto(9))
	case 4:
		return mask.Or(mask.Strided{Stride: 1 + width()}, attn.Window{Left: width()})
	}
	return mask.And(attn.Causal(), s.mask(p, 2))
}

// maxCalls bounds a history.
const maxCalls = 40

// tryHistory does on every kernel set what data says.
func (k *kit) tryHistory(data []byte) {
	s := &source{data}
	c, workers, shift := inventState(s)
	if err := c.p.ValidateState(); err != nil {
		k.fail("%v: the fuzzer made a Problem that has no State: %v", c, err)
		return
	}
	calls := s.rest
	for _, isa := range k.isas() {
		h := k.history(c, attn.Options{ISA: isa, Workers: workers})
		if h == nil {
			return
		}
		h.shift = shift
		s.rest = calls
		for range maxCalls {
			if !h.step(s) || len(s.rest) == 0 {
				break
			}
		}
	}
}

// history is a feed of which the sequences so far are known, and nothing else. What
// they take next is always new.
type history struct {
	*feed
	supply attn.Args // 3 capacities of tokens
	taken  []int     // [Batch] of the supply
}

func (k *kit) history(c testCase, o attn.Options) *history {
	d := decoding{c, make([]int, c.p.Batch)}
	for b := range d.lens {
		d.lens[b] = c.p.KVLen
	}
	p := d.whole().p
	f := k.feed(d, o, emptied(p, c.profile))
	if f == nil {
		return nil
	}
	p.QLen, p.KVLen = 3*p.KVLen, 3*p.KVLen
	return &history{f, inputsOf(p, c.profile, seed), make([]int, p.Batch)}
}

// emptied are inputs of NaN.
func emptied(p attn.Problem, profile string) attn.Args {
	a := inputsOf(p, profile, seed)
	for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Decay, &a.Beta} {
		guard.Poison(t.Data)
	}
	return a
}

// step makes the next call; false where the history ends.
func (h *history) step(s *source) bool {
	b := s.upto(h.c.p.Batch - 1)
	switch s.upto(9) {
	case 0:
		if !h.k.guarded(h.what+": Reset", func() { h.s.Reset(b) }) {
			return false
		}
		h.lens[b] = 0
		return h.counts("Reset")
	case 1:
		keep := slices.Clone(h.lens)
		keep[b] = s.upto(min(h.lens[b], 255))
		_, ok := h.truncate(keep)
		return ok
	case 2, 3:
		return h.takeNew(s, true, min(3*h.c.p.QLen, 255))
	case 4, 5:
		return h.takeNew(s, false, 1)
	}
	return h.takeNew(s, false, h.c.p.QLen)
}

// takeNew takes up to longest new tokens of every entry. Where they are more than the
// capacity the call must be refused, and the history goes on without it.
func (h *history) takeNew(s *source, append bool, longest int) bool {
	x := chunk{n: zeros(h.c.p), append: append}
	for b := range x.n {
		x.n[b] = s.upto(longest)
	}
	x.rows = max(1, slices.Max(x.n))
	fits := slices.Max(x.n) > 0
	for b, n := range x.n {
		if h.taken[b]+n > h.supply.K.Shape[2] {
			return false
		}
		fits = fits && h.lens[b]+n <= h.c.p.KVLen
	}
	if !fits {
		return h.refuses(x)
	}
	for _, t := range []struct{ into, from *attn.Tensor }{
		{&h.a.Q, &h.supply.Q}, {&h.a.K, &h.supply.K}, {&h.a.V, &h.supply.V}, {&h.a.Decay, &h.supply.Decay}, {&h.a.Beta, &h.supply.Beta},
	} {
		for b, n := range x.n {
			for head := 0; t.into.Data != nil && head < t.into.Shape[1]; head++ {
				for i := range n {
					copy(t.into.Row(b, head, h.lens[b]+i), t.from.Row(b, head, h.taken[b]+i))
				}
			}
		}
	}
	before := slices.Clone(h.lens)
	if !h.take(x) {
		return false
	}
	for b, n := range x.n {
		h.taken[b] += n
	}
	return append || h.outputsAre(x, before)
}

// refuses makes a call that the State must refuse.
func (h *history) refuses(x chunk) bool {
	lens, some := h.lens, chunk{zeros(h.c.p), x.rows, x.append}
	for b, n := range x.n {
		some.n[b] = min(n, h.c.p.KVLen)
	}
	h.lens = zeros(h.c.p)
	a := h.of(some)
	h.lens = lens
	var err error
	if !h.k.guarded(fmt.Sprintf("%s: %v", h.what, x), func() { err = h.call(x, a, x.n) }) {
		return false
	}
	if err == nil {
		h.fail("%v after %v tokens is no error: the capacity is %d", x, lens, h.c.p.KVLen)
	}
	h.untouched(x, a)
	return h.counts(x) && err != nil
}

// rowsOfAChunk is the maximum of rows of an invented chunk that the oracle evaluates.
const rowsOfAChunk = 6

// outputsAre compares some of the output rows of x with the sequences as
// they are after it. Rows of a recurrent rule take the oracle through all tokens.
func (h *history) outputsAre(x chunk, before []int) bool {
	p := h.c.whole().p
	p.KVLens = h.lens
	chunk := p
	chunk.QLen = x.rows
	var rows []oracle.Row
	for _, r := range oracle.Sample(&chunk, 4*rowsOfAChunk, seed) {
		if r.I < x.n[r.B] && len(rows) < rowsOfAChunk {
			r.I += before[r.B]
			rows = append(rows, r)
		}
	}
	want := oracle.ExpectAll(p, h.a, rows)
	widen(want, p, h.supply.V)
	failed := len(h.k.violations)
	h.agrees(want)
	return len(h.k.violations) == failed
}
