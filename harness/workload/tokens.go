package workload

import (
	"slices"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/source"
	"attnbench/internal/input"
	"attnbench/internal/oracle"
)

// Bounds of the block of numbers that a sequence of any length is made of.
const (
	maxBlockFloats = 16 << 20
	maxBlockRows   = 1024
	minBlockRows   = 64
)

// tokens are the numbers of a sequence without end: a block of seeded rows, repeated, and
// rotated by one column at each repetition. The rows keep their profile and are distinct
// over as many repetitions as a row has columns. A context of any length costs a copy,
// and each head can be made alone.
type tokens struct {
	block attn.Args
	rows  int
	// others stand in the place of the tokens that are their keys.
	others map[int]int
	room   *[4][]float32 // of expect, for K, V, Decay and Beta of one head
}

// instead is the sequence with another token in one more place.
func (t tokens) instead(at, other int) tokens {
	others := map[int]int{at: other}
	for k, v := range t.others {
		if k != at {
			others[k] = v
		}
	}
	t.others = others
	return t
}

// newTokens makes the block of p's shape and rule, for sequences of up to longest tokens.
func newTokens(p attn.Problem, src source.Source, longest int) (tokens, error) {
	p.QLen, p.KVLen = 1, 1
	rows := min(maxBlockRows, max(minBlockRows, longest))
	t := tokens{room: new([4][]float32), rows: int(max(1, min(int64(rows), 4*maxBlockFloats/p.MinBytes())))}
	p.QLen, p.KVLen = t.rows, t.rows
	var err error
	t.block, err = src.Args(p)
	return t, err
}

// on applies a hard profile of p to the tokens: see check.HardProfile.
func (t tokens) on(p attn.Problem, of func(attn.Problem, attn.Args) attn.Args) tokens {
	t.block = of(p, t.block)
	return t
}

// emptyTokens makes tensors of n tokens for take to fill.
func emptyTokens(p attn.Problem, n int) attn.Args {
	p.QLen, p.KVLen = n, n
	return attn.NewArgs(p)
}

// take writes the tokens [lo, lo+n) into the first n rows of a.
func (t tokens) take(a attn.Args, lo, n int) {
	for _, x := range [][2]attn.Tensor{{a.Q, t.block.Q}, {a.K, t.block.K}, {a.V, t.block.V}, {a.Decay, t.block.Decay}, {a.Beta, t.block.Beta}} {
		to, from := x[0], x[1]
		for b := range to.Shape[0] {
			for h := range to.Shape[1] {
				for i := range n {
					t.row(to.Row(b, h, i), from, b, h, lo+i)
				}
			}
		}
	}
}

// row writes row j of one head of a tensor.
func (t tokens) row(to []float32, from attn.Tensor, b, h, j int) {
	if other, ok := t.others[j]; ok {
		j = other
	}
	x := from.Row(b, h, j%t.rows)
	shift := j / t.rows % len(x)
	copy(to, x[shift:])
	copy(to[len(x)-shift:], x[:shift])
}

// oneHead is a tensor of p's keys whose heads all share the memory of one head, for
// readers of one head at a time; head fills it with rows of from. It uses the memory of
// room, where that is enough.
func oneHead(p attn.Problem, from attn.Tensor, room *[]float32) attn.Tensor {
	if from.Data == nil {
		return attn.Tensor{}
	}
	if n := p.KVLen * from.Shape[3]; len(*room) < n {
		*room = make([]float32, n)
	}
	return attn.Tensor{
		Data: *room, Shape: [4]int{p.Batch, p.KVHeads, p.KVLen, from.Shape[3]}, Stride: [3]int{2: from.Shape[3]},
	}
}

// head fills the rows of spans of a tensor that oneHead made with those of one head.
func (t tokens) head(to, from attn.Tensor, b, g int, spans []mask.Span) {
	for _, s := range spans {
		for j := s.Lo; j < s.Hi; j++ {
			t.row(to.Row(b, g, j), from, b, g, j)
		}
	}
}

// seen are the disjoint spans of keys that the oracle may read for rows of one key/value head.
func seen(p attn.Problem, rows []oracle.Row) (spans []mask.Span) {
	if p.Rule.Kind != attn.Softmax {
		return []mask.Span{{Hi: p.KVLen}}
	}
	m := p.VisibilityMask()
	for _, r := range rows {
		at := p.Start(r.B) + r.I
		spans = append(spans, m.Spans(nil, r.B, r.H, at, at+1, p.KVLen)...)
	}
	slices.SortFunc(spans, func(x, y mask.Span) int { return x.Lo - y.Lo })
	end := 0
	for i, s := range spans {
		spans[i] = mask.Span{Lo: min(s.Hi, max(s.Lo, end)), Hi: s.Hi}
		end = max(end, s.Hi)
	}
	return spans
}

// expect evaluates the oracle on rows of p. The keys are the first p.KVLen tokens, the
// queries the last p.QLen of these. Memory holds the keys of one head at a time.
func (t tokens) expect(p attn.Problem, rows []oracle.Row) []oracle.Expected {
	a := emptyTokens(p, p.QLen)
	t.take(a, p.KVLen-p.QLen, p.QLen)
	heads := [4]*attn.Tensor{&a.K, &a.V, &a.Decay, &a.Beta}
	from := [4]attn.Tensor{t.block.K, t.block.V, t.block.Decay, t.block.Beta}
	for i, x := range heads {
		*x = oneHead(p, from[i], &t.room[i])
	}
	var all []oracle.Expected
	for lo := 0; lo < len(rows); { // rows are in order of their heads
		b, g, hi := rows[lo].B, p.KVHead(rows[lo].H), lo+1
		for hi < len(rows) && rows[hi].B == b && p.KVHead(rows[hi].H) == g {
			hi++
		}
		spans := seen(p, rows[lo:hi])
		for i, x := range heads {
			if x.Data != nil {
				t.head(*x, from[i], b, g, spans)
			}
		}
		all = append(all, oracle.ExpectAll(p, a, rows[lo:hi])...)
		lo = hi
	}
	return all
}

// headBytes is the memory that expect takes beside the rows.
func headBytes(p attn.Problem) int64 {
	p.Batch, p.KVHeads, p.QHeads, p.LogDecay = 1, 1, 1, nil
	p.QLen = 1
	return p.InputBytes()
}

// DecodeProfiles are the profiles that a sequence without end can have: their numbers do
// not depend on the position.
func DecodeProfiles() []string {
	return slices.DeleteFunc(input.Profiles(), func(name string) bool { return name == "local" })
}
