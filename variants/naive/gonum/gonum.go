// Package gonum is naive attention as a Go user writes it today: two matrix
// products by gonum.org/v1/gonum/blas/blas32 around a row softmax in plain Go.
package gonum

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"attnbench/attn"
	"attnbench/attn/pool"
)

// isa is the only kernel set: whatever gonum's own assembly uses.
const isa = "gonum"

// New returns the variant.
func New() attn.Variant { return variant{} }

type variant struct{}

// Name implements [attn.Variant].
func (variant) Name() string { return "naive-gonum" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return []string{isa} }

// Traits implements [attn.HasTraits]: gonum's Sgemm allocates, starts goroutines
// of its own, and its assembly orders a sum by the alignment of its operands.
func (variant) Traits() attn.Traits {
	return attn.Traits{Allocates: true, OwnThreads: true, RoundsByAlignment: true, OnRequest: true}
}

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil {
		return nil, err
	}
	if p.Rule.Kind != attn.Softmax {
		return nil, fmt.Errorf("naive-gonum: Rule %v: %w", p.Rule, errors.ErrUnsupported)
	}
	if o.ISA != "" && o.ISA != isa {
		return nil, fmt.Errorf("naive-gonum: kernel set %q: it has only %q: %w", o.ISA, isa, errors.ErrUnsupported)
	}
	x := &plan{p: p, mask: p.VisibilityMask(), scale: float32(p.Scale.Value(p.HeadDim))}
	if err := cmp.Or(
		attn.CheckFloats("QLen and KVLen", "the score matrix of a head", p.QLen, p.KVLen), x.Init(p, o, p.Batch*p.QHeads, p.QLen*p.KVLen, x.head),
	); err != nil {
		return nil, fmt.Errorf("naive-gonum: %w", err)
	}
	return x, nil
}

type plan struct {
	pool.Parts
	p     attn.Problem
	mask  attn.Mask
	scale float32
}

// head is part i of a Forward. ws holds the scores [Nq, Nk].
func (x *plan) head(a *attn.Args, ws []float32, i int) {
	p := &x.p
	b, h := i/p.QHeads, i%p.QHeads
	keys := p.Keys(b)
	out := general(a.Out, b, h, p.QLen)
	if keys == 0 {
		for r := range p.QLen {
			clear(a.Out.Row(b, h, r))
			if a.LSE != nil {
				a.LSE[(b*p.QHeads+h)*p.QLen+r] = float32(x.sink(h))
			}
		}
		return
	}
	g := p.KVHead(h)
	s := blas32.General{Rows: p.QLen, Cols: keys, Stride: keys, Data: ws[:p.QLen*keys]}
	blas32.Gemm(blas.NoTrans, blas.Trans, x.scale, general(a.Q, b, h, p.QLen), general(a.K, b, g, keys), 0, s)
	for r := range p.QLen {
		lse := x.softmax(s.Data[r*keys:(r+1)*keys], a.Bias, b, h, r)
		if a.LSE != nil {
			a.LSE[(b*p.QHeads+h)*p.QLen+r] = float32(lse)
		}
	}
	// gonum's product without transposition skips weights that are exactly 0, so
	// that an invisible NaN stays without effect.
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, s, general(a.V, b, g, keys), 0, out)
	for r := range p.QLen {
		bound(a.Out.Row(b, h, r), s.Data[r*keys:(r+1)*keys], a.V, b, g)
	}
}

// bound replaces elements of a row of the output that are past float32's range by the end of
// that range, where V is finite: weights that sum to 1 but for their roundings carry a mean
// at the end of the range past it.
func bound(out, weights []float32, v attn.Tensor, b, g int) {
	for c, y := range out {
		if y-y == 0 {
			continue
		}
		var sum float64
		for j, w := range weights {
			if w != 0 {
				sum += float64(w) * float64(v.Row(b, g, j)[c])
			}
		}
		if sum-sum == 0 {
			out[c] = float32(max(min(sum, math.MaxFloat32), -math.MaxFloat32))
		}
	}
}

// general views rows 0 .. rows-1 of one head as a gonum matrix.
func general(t attn.Tensor, b, h, rows int) blas32.General {
	return blas32.General{Rows: rows, Cols: t.Shape[3], Stride: max(t.Stride[2], t.Shape[3]), Data: t.From(b, h, 0)}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: every pair of a query row and a
// valid key.
func (x *plan) ExecutedFLOPs() int64 {
	var keys int64
	for b := range x.p.Batch {
		keys += int64(x.p.Keys(b))
	}
	return 2 * int64(x.p.HeadDim+x.p.ValueDim) * keys * int64(x.p.QHeads) * int64(x.p.QLen)
}
