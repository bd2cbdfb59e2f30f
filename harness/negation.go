package harness

import (
	"math/rand/v2"
	"runtime"
	"slices"

	"attnbench/attn"
	"attnbench/attn/pool"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// negation negates V of some heads in place, other heads at each draw. Under every rule
// Out is linear in V and rounding to nearest is symmetric, so that Out of these heads must
// be the exact negation, bit for bit: a variant that keeps results by the address of V, or
// by a part of V's content, returns a stale one. It costs no second oracle. Which keys a
// selecting variant attends to depends on Q and K alone. (A first state would have to be
// negated too; no point has one.)
type negation struct {
	v       attn.Tensor // [B, Hkv, Nk, Dv]
	group   int         // query heads of a key/value head
	rng     *rand.Rand
	negated []bool // [B·Hkv]
}

func newNegation(p attn.Problem, v attn.Tensor, seed uint64) negation {
	return negation{
		v: v, group: p.QHeads / p.KVHeads, negated: make([]bool, p.Batch*p.KVHeads),
		rng: rand.New(rand.NewPCG(seed, 0x6e65676174696f6e)),
	}
}

// draw flips V of about half of the heads, at least of one.
func (n *negation) draw() {
	surely := n.rng.IntN(len(n.negated))
	for i := range n.negated {
		if i == surely || n.rng.IntN(2) == 0 {
			n.flip(i)
		}
	}
}

// restore gives V its own signs.
func (n *negation) restore() {
	for i, is := range n.negated {
		if is {
			n.flip(i)
		}
	}
}

func (n *negation) flip(i int) {
	n.negated[i] = !n.negated[i]
	heads := n.v.Shape[1]
	const rows = 256
	inParts((n.v.Shape[2]+rows-1)/rows, func(part int) {
		for j := part * rows; j < min(n.v.Shape[2], (part+1)*rows); j++ {
			row := n.v.Row(i/heads, i%heads, j)
			for c, x := range row {
				row[c] = -x
			}
		}
	})
}

// is reports whether V of query head h is negated.
func (n *negation) is(b, h int) bool {
	return n.negated[b*n.v.Shape[1]+h/n.group]
}

// of is c for the V of now.
func (n *negation) of(c oracleCheck) oracleCheck {
	rows := append([]oracle.Expected(nil), c.rows...)
	for i := range rows {
		if e := &rows[i]; n.is(e.Row.B, e.Row.H) {
			out := make([]float64, len(e.Out))
			for j, x := range e.Out {
				out[j] = -x
			}
			e.Out = out
			e.Range = slices.Clone(e.Range)
			for j, r := range e.Range {
				e.Range[j].Min, e.Range[j].Max = -r.Max, -r.Min
			}
		}
	}
	c.rows = rows
	return c
}

// digests are those of the heads of out [B, Hq, Nq, Dv], under the V of the first draw:
// equal where the bits are, up to the signs of negated heads.
func (n *negation) digests(out attn.Tensor) []uint64 {
	heads := out.Shape[1]
	list := make([]uint64, out.Shape[0]*heads)
	inParts(len(list), func(i int) {
		var d guard.Signed
		d.Reset(n.is(i/heads, i%heads))
		for row := range out.Shape[2] {
			d.Add(out.Row(i/heads, i%heads, row))
		}
		list[i] = d.Sum()
	})
	return list
}

// refill fills x with numbers that no result is: see guard.Refill.
func (n *negation) refill(x []float32) {
	const size = 1 << 16
	seed := n.rng.Uint64()
	inParts((len(x)+size-1)/size, func(part int) {
		guard.Refill(x[part*size:min(len(x), (part+1)*size)], seed+uint64(part))
	})
}

// inParts calls f for 0 .. n-1 on all cores.
func inParts(n int, f func(part int)) { pool.Shared().Run(part(f), n, min(n, runtime.GOMAXPROCS(0))) }

type part func(i int)

func (f part) Part(_, i int) { f(i) }
