package harness

import (
	"slices"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/internal/oracle"
)

// mostBlockFloats bounds the numbers that a sequence of any length is made of.
const (
	mostBlockFloats = 16 << 20
	mostBlockRows   = 2048
)

// tokens are the numbers of a sequence without end: a block of seeded rows over and
// over, turned by one column each time, so that rows stay of their profile, and are
// distinct over as many blocks as they have columns. A context of any length then
// costs a copy, and each of its heads can be had alone.
type tokens struct {
	block attn.Args
	rows  int
}

// newTokens makes the block of p's shape and rule.
func newTokens(p attn.Problem, src Source) (tokens, error) {
	p.QLen, p.KVLen = 1, 1
	t := tokens{rows: int(max(1, min(mostBlockRows, 4*mostBlockFloats/p.MinBytes())))}
	p.QLen, p.KVLen = t.rows, t.rows
	var err error
	t.block, err = src.Args(p)
	return t, err
}

// on are the same tokens with another form of the numbers: see hardProfiles.
func (t tokens) on(of func(attn.Args) attn.Args) tokens {
	t.block = of(t.block)
	return t
}

// empty makes the tensors that take can fill with n tokens.
func (t tokens) empty(p attn.Problem, n int) attn.Args {
	a := attn.Args{
		Q: attn.NewTensor(p.Batch, p.QHeads, n, p.HeadDim), Out: attn.NewTensor(p.Batch, p.QHeads, n, p.ValueDim),
		K: attn.NewTensor(p.Batch, p.KVHeads, n, p.HeadDim), V: attn.NewTensor(p.Batch, p.KVHeads, n, p.ValueDim),
	}
	if t.block.Decay.Data != nil {
		a.Decay = attn.NewTensor(p.Batch, p.KVHeads, n, t.block.Decay.Shape[3])
	}
	if t.block.Beta.Data != nil {
		a.Beta = attn.NewTensor(p.Batch, p.KVHeads, n, 1)
	}
	return a
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
	x := from.Row(b, h, j%t.rows)
	turn := j / t.rows % len(x)
	copy(to, x[turn:])
	copy(to[len(x)-turn:], x[:turn])
}

// oneHead is a tensor of p's keys of which all heads have one place in memory, for who
// reads one of them at a time; from is where head will take that one from.
func oneHead(p attn.Problem, from attn.Tensor) attn.Tensor {
	if from.Data == nil {
		return attn.Tensor{}
	}
	x := attn.NewTensor(1, 1, p.KVLen, from.Shape[3])
	x.Shape[0], x.Shape[1] = p.Batch, p.KVHeads
	x.Stride[0], x.Stride[1] = 0, 0
	return x
}

// head fills such a tensor with the rows of one head.
func (t tokens) head(to, from attn.Tensor, b, g int) {
	for j := range to.Shape[2] {
		t.row(to.Row(b, g, j), from, b, g, j)
	}
}

// expect evaluates the oracle on rows of p, whose keys are the first p.KVLen tokens
// and whose queries are the last p.QLen of them. It holds the keys of one head at a
// time.
func (t tokens) expect(p attn.Problem, rows []oracle.Row) []oracle.Expected {
	a := t.empty(attn.Problem{Batch: p.Batch, QHeads: p.QHeads, KVHeads: p.KVHeads, HeadDim: p.HeadDim, ValueDim: p.ValueDim}, p.QLen)
	t.take(a, p.KVLen-p.QLen, p.QLen)
	heads := [4]*attn.Tensor{&a.K, &a.V, &a.Decay, &a.Beta}
	from := [4]attn.Tensor{t.block.K, t.block.V, t.block.Decay, t.block.Beta}
	for i, x := range heads {
		*x = oneHead(p, from[i])
	}
	var all []oracle.Expected
	for lo := 0; lo < len(rows); { // rows are in order of their heads
		b, g, hi := rows[lo].B, p.KVHead(rows[lo].H), lo+1
		for hi < len(rows) && rows[hi].B == b && p.KVHead(rows[hi].H) == g {
			hi++
		}
		for i, x := range heads {
			t.head(*x, from[i], b, g)
		}
		all = append(all, oracle.ExpectAll(p, a, rows[lo:hi])...)
		lo = hi
	}
	return all
}

// headBytes is what expect holds beside the rows.
func headBytes(p attn.Problem) int64 {
	p.Batch, p.KVHeads, p.QHeads, p.LogDecay = 1, 1, 1, nil
	p.QLen = 1
	return p.InputBytes()
}

// DecodeProfiles are the names of seeded numbers that a sequence without end can have:
// those that do not depend on where they stand.
func DecodeProfiles() []string {
	return slices.DeleteFunc(input.Profiles(), func(name string) bool { return name == "local" })
}
