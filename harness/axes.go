package harness

import (
	"strconv"
	"strings"

	"attnbench/attn"
)

// Axes are the choices of a sweep. Points is their product.
type Axes struct {
	Variants []attn.Variant
	Shapes   []attn.Problem // shapes only, in the order to sweep: shortest first
	Masks    []attn.Mask    // empty: each variant computes the Problem that it stands for
	ISAs     []string       // empty: the best kernel set of each variant
	Workers  []int
	Input    string
	Seed     uint64
}

// Points expands the axes, lengths outermost, so that what a short point took
// predicts what a longer one will.
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

// problems are what v computes on a shape: the Problem that it stands for among
// causal ones, or its rule under every given mask.
func (a Axes) problems(v attn.Variant, shape attn.Problem) []attn.Problem {
	shape.Mask = attn.Causal()
	typical := attn.TypicalOf(v, shape)
	if len(a.Masks) == 0 {
		return []attn.Problem{typical}
	}
	var list []attn.Problem
	for _, m := range a.Masks {
		typical.Mask = m
		list = append(list, typical)
	}
	return list
}

func (a Axes) isas(v attn.Variant) []string {
	if len(a.ISAs) > 0 {
		return a.ISAs
	}
	if own := attn.ISAsOf(v); len(own) > 0 {
		return own[:1]
	}
	return []string{""}
}

// series names the curve of a point: the variant, and every axis that varies.
func (a Axes) series(v attn.Variant, p attn.Problem, isa string, workers int) string {
	name := []string{v.Name()}
	if len(a.Masks) > 1 {
		name = append(name, p.Mask.String())
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
