package point

import (
	"slices"

	"attnbench/attn"
	"attnbench/harness/result"
)

// prefillChunk is the number of rows that a prefill takes in one Extend.
const prefillChunk = 512

// Phases are the workloads of a State that DecodePoints takes.
func Phases() []string { return []string{result.WorkloadDecode, result.WorkloadPrefill} }

// DecodePoints expands the axes as Points does, and each point into its phases; a
// shape's KVLen is the context. Only points that flat accepts, whose State does not grow
// with the context, get the farther shapes.
func (a Axes) DecodePoints(phases []string, farther []attn.Problem, flat func(attn.Variant, Point) bool) []Point {
	near := a.decodePoints(phases)
	a.Shapes = farther
	known := map[string]bool{}
	return append(near, slices.DeleteFunc(a.decodePoints(phases), func(pt Point) bool {
		pt.Workload = ""
		key := pt.Curve()
		if _, asked := known[key]; !asked {
			i := slices.IndexFunc(a.Variants, func(v attn.Variant) bool { return v.Name() == pt.Variant })
			known[key] = flat(a.Variants[i], pt)
		}
		return !known[key]
	})...)
}

func (a Axes) decodePoints(phases []string) []Point {
	var points []Point
	for _, pt := range a.Points() {
		for _, phase := range phases {
			pt := pt
			if pt.Workload = phase; phase == result.WorkloadPrefill {
				pt.Problem.QLen, pt.Chunk = pt.Problem.KVLen, min(prefillChunk, pt.Problem.KVLen)
			} else {
				pt.Problem.QLen = 1
			}
			points = append(points, pt)
		}
	}
	return points
}
