package sparse_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/input"
	"attnbench/variants/sparse"
)

// selectionCases are Problems of every kind of mask whose spans hold no key that
// nobody sees, so that what competes is what is visible.
func selectionCases() []attn.Problem {
	shape := func(b, hq, hkv, nq, nk, d int) attn.Problem {
		return attn.Problem{Batch: b, QHeads: hq, KVHeads: hkv, QLen: nq, KVLen: nk, HeadDim: d, ValueDim: 3}
	}
	var list []attn.Problem
	for _, p := range []attn.Problem{
		shape(1, 1, 1, 1, 1, 1), shape(1, 2, 1, 5, 5, 8), shape(1, 1, 1, 200, 200, 16), shape(2, 4, 2, 77, 131, 9),
		shape(1, 4, 1, 131, 70, 5), shape(1, 1, 1, 1, 300, 33), shape(1, 2, 2, 300, 1, 4), shape(1, 1, 1, 613, 613, 7),
	} {
		for _, m := range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 60, Right: 0}, attn.Window{Left: 30, Right: 40}, mask.And(attn.Causal(), mask.NewDocuments(40, 9, 251, 313))} {
			p.Mask = m
			list = append(list, p)
			q := p
			q.Scale = attn.ScaleOf(-0.5)
			q.KVLens, q.QueryStart = make([]int, p.Batch), make([]int, p.Batch)
			for b := range p.Batch {
				q.KVLens[b], q.QueryStart[b] = b*p.KVLen/3+p.KVLen/4, b*19-11
			}
			list = append(list, q)
		}
	}
	return list
}

// wholeNumbers makes a's queries and keys small whole numbers, whose means over blocks
// of a power of two and their products have no rounding, and of which many tie.
func wholeNumbers(a attn.Args) {
	for _, t := range []attn.Tensor{a.Q, a.K} {
		for i, x := range t.Data {
			t.Data[i] = float32(math.Round(2 * float64(x)))
		}
	}
}

// reference is block selection by its words: score all blocks that compete in float64,
// sort, keep the first.
type reference struct {
	c sparse.TopK
	p attn.Problem
	a attn.Args
}

type scored struct {
	block int
	score float64
}

// rank lists what competes for query block i, best first, and the local blocks.
func (r reference) rank(b, h, i int) (ranked []scored, local []int) {
	p, first := r.p, i*r.c.BlockQ
	last := min(first+r.c.BlockQ, p.QLen)
	for j := 0; j*r.c.BlockK < p.Keys(b); j++ {
		lo, hi := j*r.c.BlockK, min((j+1)*r.c.BlockK, p.Keys(b))
		isLocal, seen := false, false
		for row := first; row < last; row++ {
			q := p.Start(b) + row
			isLocal = isLocal || lo <= q && q < hi
			for k := lo; k < hi; k++ {
				seen = seen || p.VisibilityMask().Visible(b, h, q, k)
			}
		}
		if isLocal {
			local = append(local, j)
		} else if seen {
			ranked = append(ranked, scored{j, p.Scale.Value(p.HeadDim) * dot(mean(r.a.Q, b, h, first, last), mean(r.a.K, b, p.KVHead(h), lo, hi))})
		}
	}
	slices.SortStableFunc(ranked, func(x, y scored) int {
		if math.IsNaN(x.score) || math.IsNaN(y.score) {
			return cmp.Compare(btoi(math.IsNaN(x.score)), btoi(math.IsNaN(y.score)))
		}
		return cmp.Compare(y.score, x.score)
	})
	return ranked, local
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mean(t attn.Tensor, b, h, lo, hi int) []float64 {
	m := make([]float64, t.Shape[3])
	for i := lo; i < hi; i++ {
		for c, x := range t.Row(b, h, i) {
			m[c] += float64(x) / float64(hi-lo)
		}
	}
	return m
}

func dot(x, y []float64) (sum float64) {
	for c := range x {
		sum += x[c] * y[c]
	}
	return sum
}

// check compares the selection with the reference: block by block where exact, else up
// to blocks whose scores lie within rounding of the last that is kept.
func (r reference) check(t *testing.T, isa string, exact bool) {
	t.Helper()
	plan, err := r.c.New().Plan(r.p, attn.Options{ISA: isa, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	ws := make([]float32, plan.Workspace())
	for i := range ws {
		ws[i] = float32(math.NaN())
	}
	made, _ := plan.(attn.Selector).Select(r.a, ws)
	// What competes has a visible pair, so that what is kept of it shows one.
	kept := func(b, h, i, j int) bool {
		for row := i * r.c.BlockQ; row < min((i+1)*r.c.BlockQ, r.p.QLen); row++ {
			for k := j * r.c.BlockK; k < min((j+1)*r.c.BlockK, r.p.Keys(b)); k++ {
				if made.Mask.Visible(b, h, r.p.Start(b)+row, k) {
					return true
				}
			}
		}
		return false
	}
	for b := range r.p.Batch {
		for h := range r.p.QHeads {
			for i := 0; i*r.c.BlockQ < r.p.QLen; i++ {
				ranked, local := r.rank(b, h, i)
				where := fmt.Sprintf("%+v, %v, set %s: batch %d head %d query block %d", r.c, r.p, isa, b, h, i)
				for _, j := range local {
					if !kept(b, h, i, j) && r.shown(b, h, i, j) {
						t.Fatalf("%s: local block %d is not kept", where, j)
					}
				}
				n := 0
				for at, x := range ranked {
					want := at < r.c.Keep
					got := kept(b, h, i, x.block)
					if got {
						n++
					}
					if got != want && (exact || !(math.Abs(x.score-ranked[min(r.c.Keep, len(ranked)-1)].score) < 1e-5 || math.Abs(x.score-ranked[max(r.c.Keep-1, 0)].score) < 1e-5)) {
						t.Fatalf("%s: block %d, number %d of %d with the score %v, is kept: %v", where, x.block, at+1, len(ranked), x.score, got)
					}
				}
				if n != min(r.c.Keep, len(ranked)) {
					t.Fatalf("%s: %d blocks of %d are kept", where, n, len(ranked))
				}
			}
		}
	}
}

// shown reports whether the Problem's mask shows a key of block j to query block i.
func (r reference) shown(b, h, i, j int) bool {
	for row := i * r.c.BlockQ; row < min((i+1)*r.c.BlockQ, r.p.QLen); row++ {
		for k := j * r.c.BlockK; k < min((j+1)*r.c.BlockK, r.p.Keys(b)); k++ {
			if r.p.VisibilityMask().Visible(b, h, r.p.Start(b)+row, k) {
				return true
			}
		}
	}
	return false
}

func argsOf(t *testing.T, p attn.Problem) attn.Args {
	t.Helper()
	a, err := input.Args(p, "gaussian", 3)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSelectionIsThatOfTheReference(t *testing.T) {
	for _, c := range []sparse.TopK{{BlockK: 16, Keep: 3, BlockQ: 8}, {BlockK: 7, Keep: 5, BlockQ: 1}, {BlockK: 64, Keep: 1, BlockQ: 32}, {BlockK: 10, BlockQ: 3}, {BlockK: 1, Keep: 9, BlockQ: 50}} {
		for _, p := range selectionCases() {
			for _, isa := range attn.ISAsOf(c.New()) {
				r := reference{c, p, argsOf(t, p)}
				r.check(t, isa, false)
			}
		}
	}
}

// Between equal scores the earlier block is kept, to the letter.
func TestTiesGoToTheEarlierBlock(t *testing.T) {
	for _, c := range []sparse.TopK{{BlockK: 16, Keep: 3, BlockQ: 8}, {BlockK: 8, Keep: 5, BlockQ: 1}, {BlockK: 1, Keep: 9, BlockQ: 32}} {
		for _, p := range selectionCases() {
			if p.KVLens != nil || p.KVLen%c.BlockK != 0 || p.QLen%c.BlockQ != 0 {
				continue // a mean of another number of rows rounds
			}
			p.Scale = attn.ScaleOf(0.5)
			for _, isa := range attn.ISAsOf(c.New()) {
				r := reference{c, p, argsOf(t, p)}
				wholeNumbers(r.a)
				r.check(t, isa, true)
			}
		}
	}
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 96, KVLen: 96, HeadDim: 4, ValueDim: 3, Scale: attn.ScaleOf(0)}
	reference{sparse.TopK{BlockK: 8, Keep: 4, BlockQ: 8}, p, argsOf(t, p)}.check(t, "", true)
}

// NaN loses against all numbers, -Inf too, and still fills what room is left.
func TestNaNRanksLast(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 64, KVLen: 64, HeadDim: 1, ValueDim: 3}
	for _, isa := range attn.ISAsOf(sparse.NewTopK()) {
		a := argsOf(t, p)
		for i := range a.Q.Data {
			a.Q.Data[i], a.K.Data[i] = 1, float32(-1-i/8)
		}
		for _, i := range []int{0, 9, 17, 50} {
			a.K.Data[i] = float32(math.NaN())
		}
		a.K.Data[30] = float32(math.Inf(-1)) // blocks 0, 1, 2 and 6 are NaN, 3 is -Inf
		for keep := range 9 {
			reference{sparse.TopK{BlockK: 8, Keep: keep, BlockQ: 8}, p, a}.check(t, isa, true)
		}
	}
}
