package point

import (
	"errors"
	"slices"

	"attnbench/attn"
	"attnbench/harness/result"
)

// Axes are the choices of a sweep. Points is their product.
type Axes struct {
	Variants []attn.Variant
	Shapes   []attn.Problem // shapes only, shortest first
	Masks    []attn.Mask    // empty: each variant computes its typical mask
	Rules    []attn.Rule    // empty: each variant computes its typical rule; else the rules of these that it takes
	ISAs     []string       // empty: the best kernel set of each variant
	Workers  []int
	Input    string
	Seed     uint64
}

// Points expands the axes, lengths outermost, so that the time of a short point predicts
// the time of a longer one.
func (a Axes) Points() []Point {
	var points []Point
	for _, shape := range a.Shapes {
		for _, v := range a.Variants {
			for _, p := range a.Problems(v, shape) {
				for _, isa := range a.isas(v) {
					for _, workers := range a.Workers {
						points = append(points, Point{
							Variant: v.Name(), ISA: isa, Workers: workers, Workload: workloadOf(v, p),
							Problem: Describe(p), Input: a.Input, Seed: a.Seed,
						})
					}
				}
			}
		}
	}
	return points
}

// Problems are what v computes on a shape: its typical causal Problem, or that Problem
// under every given mask and rule.
func (a Axes) Problems(v attn.Variant, shape attn.Problem) []attn.Problem {
	shape.Mask = attn.Causal()
	typical := attn.TypicalOf(v, shape)
	masks := a.Masks
	if len(masks) == 0 {
		masks = []attn.Mask{typical.Mask}
	}
	var list []attn.Problem
	for _, typical.Mask = range masks {
		for _, rule := range a.rules(v, typical) {
			p := typical
			if p.Rule = rule; rule.Decay == attn.FixedDecay {
				p.LogDecay = attn.RetentionDecay(p.KVHeads)
			}
			list = append(list, p)
		}
	}
	return list
}

// rules are the rules of the axis that v takes, so that a sweep over two families of
// rules does not list a variant under the rules of the other family. Where v takes none,
// the first rule stands for all and is reported as unsupported.
func (a Axes) rules(v attn.Variant, p attn.Problem) []attn.Rule {
	if len(a.Rules) == 0 {
		return []attn.Rule{p.Rule}
	}
	var list []attn.Rule
	for _, rule := range a.Rules {
		if _, err := v.Plan(small(rule), attn.Options{}); !errors.Is(err, errors.ErrUnsupported) {
			list = append(list, rule)
		}
	}
	if len(list) == 0 {
		return a.Rules[:1]
	}
	return list
}

// workloadOf is what one Forward of v is to measure: where its Plan selects, the selection
// is measured with it.
func workloadOf(v attn.Variant, p attn.Problem) string {
	if plan, err := v.Plan(small(p.Rule), attn.Options{}); err == nil {
		if _, selects := plan.(attn.Selector); selects {
			return result.WorkloadSelection
		}
	}
	return result.WorkloadForward
}

// small is the smallest Problem of a rule.
func small(rule attn.Rule) attn.Problem {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1, Mask: attn.Causal(), Rule: rule}
	if rule.Decay == attn.FixedDecay {
		p.LogDecay = []float32{0}
	}
	return p
}

// isas are the given kernel sets that v has. Where none is given or v has none of them,
// the best set of v, so that every variant has its points.
func (a Axes) isas(v attn.Variant) []string {
	own := attn.ISAsOf(v)
	if len(own) == 0 {
		return []string{""}
	}
	list := slices.DeleteFunc(slices.Clone(a.ISAs), func(isa string) bool { return !slices.Contains(own, isa) })
	if len(list) == 0 {
		return own[:1]
	}
	return list
}
