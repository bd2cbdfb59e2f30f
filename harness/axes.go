package harness

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"attnbench/attn"
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
			for _, p := range a.problems(v, shape) {
				for _, isa := range a.isas(v) {
					for _, workers := range a.Workers {
						points = append(points, Point{
							Series:  a.series(v, p, isa, workers),
							Variant: v.Name(), ISA: isa, Workers: workers,
							Problem: describe(p), Input: a.Input, Seed: a.Seed,
						})
					}
				}
			}
		}
	}
	return points
}

// problems are what v computes on a shape: its typical causal Problem, or that Problem
// under every given mask and rule.
func (a Axes) problems(v attn.Variant, shape attn.Problem) []attn.Problem {
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
		small := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1, Mask: attn.Causal(), Rule: rule}
		if rule.Decay == attn.FixedDecay {
			small.LogDecay = []float32{0}
		}
		if _, err := v.Plan(small, attn.Options{}); !errors.Is(err, errors.ErrUnsupported) {
			list = append(list, rule)
		}
	}
	if len(list) == 0 {
		return a.Rules[:1]
	}
	return list
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

// series names the curve of a point: the variant, and every axis that varies.
func (a Axes) series(v attn.Variant, p attn.Problem, isa string, workers int) string {
	name := []string{v.Name()}
	if len(a.Masks) > 1 {
		name = append(name, p.Mask.String())
	}
	if len(a.Rules) > 1 {
		name = append(name, p.Rule.String())
	}
	if len(a.ISAs) > 1 {
		name = append(name, isa)
	}
	if len(a.Workers) > 1 {
		unit := " workers"
		if workers == 1 {
			unit = " worker"
		}
		name = append(name, strconv.Itoa(workers)+unit)
	}
	return strings.Join(name, " ")
}
