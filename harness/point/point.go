// Package point says what there is to measure: a Point is one cell of a sweep, and Axes are
// the choices that make Points.
package point

import (
	"fmt"
	"strings"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
)

// Point is one cell of a sweep before it is run: one JSON value, complete enough
// that any process that has the variant can run it.
type Point struct {
	Variant  string         `json:"variant"`
	ISA      string         `json:"isa,omitempty"` // empty: the variant has no choice of sets
	Workers  int            `json:"workers"`
	Workload string         `json:"workload"`        // a name that package workload knows
	Chunk    int            `json:"chunk,omitempty"` // rows of an Extend, of a prefill
	Problem  result.Problem `json:"problem"`
	Input    string         `json:"input"` // profile, or path of a tensor file
	Seed     uint64         `json:"seed"`
}

// Key is all that identifies a point, in one line: two points have the same Key where they
// are the same measurement.
func (pt Point) Key() string {
	p := pt.Problem
	var key strings.Builder
	fmt.Fprintf(&key, "%s", pt.Variant)
	if pt.ISA != "" {
		fmt.Fprintf(&key, " %s", pt.ISA)
	}
	fmt.Fprintf(&key, " w%d %s b%d h%d/%d q%d k%d d%d/%d %s %s %s/%s", pt.Workers, pt.Workload,
		p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim, p.Mask, p.Rule, p.DType, p.KVDType)
	for _, m := range p.Modifiers {
		fmt.Fprintf(&key, " %s", m)
	}
	if pt.Chunk > 0 {
		fmt.Fprintf(&key, " chunk%d", pt.Chunk)
	}
	fmt.Fprintf(&key, " %s seed%d", PublicPath(pt.Input), pt.Seed)
	return key.String()
}

// Curve is the part of the Key that points of all lengths share: their times predict each
// other, and the contexts of a State stand on one.
func (pt Point) Curve() string {
	pt.Problem.QLen, pt.Problem.KVLen, pt.Chunk = 0, 0, min(pt.Chunk, 1)
	return pt.Key()
}

// At is the point at another length.
func (pt Point) At(tokens int) Point {
	if pt.Problem.QLen > 1 {
		pt.Problem.QLen = tokens
	}
	pt.Problem.KVLen = tokens
	return pt
}

// Options are those of the point's Plan or State.
func (pt Point) Options() attn.Options { return attn.Options{Workers: pt.Workers, ISA: pt.ISA} }

// Describe writes p as a record holds it.
func Describe(p attn.Problem) result.Problem {
	return result.Problem{
		Batch: p.Batch, QHeads: p.QHeads, KVHeads: p.KVHeads, QLen: p.QLen, KVLen: p.KVLen,
		HeadDim: p.HeadDim, ValueDim: p.ValueDim,
		Mask: p.VisibilityMask().String(), Rule: p.Rule.String(),
		DType: "f32", KVDType: "f32", Modifiers: p.Modifiers(),
	}
}

// Problem reads what Describe wrote.
func Problem(r result.Problem) (attn.Problem, error) {
	p := attn.Problem{
		Batch: r.Batch, QHeads: r.QHeads, KVHeads: r.KVHeads, QLen: r.QLen, KVLen: r.KVLen,
		HeadDim: r.HeadDim, ValueDim: r.ValueDim,
	}
	if r.DType != "f32" || r.KVDType != "f32" {
		return p, fmt.Errorf("dtype %s with kv_dtype %s: only f32 is stored today", r.DType, r.KVDType)
	}
	var err error
	if p.Mask, err = mask.Parse(r.Mask); err != nil {
		return p, err
	}
	if p.Rule, err = attn.ParseRule(r.Rule); err != nil {
		return p, err
	}
	if p, err = p.SetModifiers(r.Modifiers); err != nil {
		return p, err
	}
	return p, p.Validate()
}
