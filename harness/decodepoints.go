package harness

import (
	"slices"

	"attnbench/attn"
	"attnbench/harness/result"
)

// prefillChunk is the number of rows that a prefill takes in one Extend.
const prefillChunk = 512

// Phases are the phases that DecodePoints takes.
func Phases() []string { return []string{result.PhaseDecode, result.PhasePrefill} }

// DecodePoints expands the axes as Points does, and each point into its phases; a
// shape's KVLen is the context. Only variants whose State does not grow with the context
// get the farther shapes.
func (a Axes) DecodePoints(phases []string, farther []attn.Problem) []Point {
	near := a.decodePoints(phases)
	a.Shapes = farther
	flat := map[string]bool{}
	return append(near, slices.DeleteFunc(a.decodePoints(phases), func(pt Point) bool {
		pt.Phase = ""
		key := pt.curve()
		if _, known := flat[key]; !known {
			p, err := problem(pt.Problem)
			i := slices.IndexFunc(a.Variants, func(v attn.Variant) bool { return v.Name() == pt.Variant })
			flat[key] = err == nil && isFlat(a.Variants[i], p, pt.options())
		}
		return !flat[key]
	})...)
}

func (a Axes) decodePoints(phases []string) []Point {
	var points []Point
	for _, pt := range a.Points() {
		for _, phase := range phases {
			pt := pt
			if pt.Phase = phase; phase == result.PhasePrefill {
				pt.Problem.QLen, pt.Chunk = pt.Problem.KVLen, min(prefillChunk, pt.Problem.KVLen)
			} else {
				pt.Problem.QLen = 1
			}
			points = append(points, pt)
		}
	}
	return points
}

// steps is the longest Extend of a point.
func (pt Point) steps() int { return max(1, pt.Chunk) }
