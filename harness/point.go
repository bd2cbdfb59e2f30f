// Package harness turns axes into points and points into records: it checks
// every point against the oracle, measures the points that agree, and predicts which
// points would exceed their share of time or memory. It knows variants only through
// the interfaces of package attn.
package harness

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
)

// Point is one cell of a sweep before it is run: one JSON value, complete enough
// that any process that has the variant can run it.
type Point struct {
	Series  string         `json:"series"`
	Variant string         `json:"variant"`
	ISA     string         `json:"isa,omitempty"` // empty: the variant has no choice of sets
	Workers int            `json:"workers"`
	Phase   string         `json:"phase,omitempty"` // of a State: decode or prefill; empty: one Forward
	Chunk   int            `json:"chunk,omitempty"` // rows of an Extend, where the phase is prefill
	Problem result.Problem `json:"problem"`
	Input   string         `json:"input"` // profile, or path of a tensor file
	Seed    uint64         `json:"seed"`
}

func (pt Point) options() attn.Options { return attn.Options{Workers: pt.Workers, ISA: pt.ISA} }

// describe writes p as a record holds it.
func describe(p attn.Problem) result.Problem {
	return result.Problem{
		Batch: p.Batch, QHeads: p.QHeads, KVHeads: p.KVHeads, QLen: p.QLen, KVLen: p.KVLen,
		HeadDim: p.HeadDim, ValueDim: p.ValueDim,
		Mask: p.VisibilityMask().String(), Rule: p.Rule.String(),
		DType: "f32", KVDType: "f32", Modifiers: p.Modifiers(),
	}
}

// problem reads what describe wrote.
func problem(r result.Problem) (attn.Problem, error) {
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
