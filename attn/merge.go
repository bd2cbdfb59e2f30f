package attn

import (
	"fmt"
	"math"
)

// Merge adds a partial result to another over the same queries and other keys:
// with lse = ln(e^lse1 + e^lse2), out = out1·e^(lse1-lse) + out2·e^(lse2-lse)
// (Dao et al. 2023, Flash-Decoding). out [B,Hq,Nq,Dv] and lse [B,Hq,Nq] are
// overwritten, and must overlap neither each other nor part and partLSE, which Merge leaves
// as they are. A partial result that saw no key (LSE -Inf) adds nothing, whatever it holds. A sink
// logit belongs to one partial result only. Tensors of different shapes, LSEs of another
// length and overlaps panic with a [MisuseError].
func Merge(out Tensor, lse []float32, part Tensor, partLSE []float32) {
	checkMerge(out, lse, part, partLSE)
	for i := range lse {
		if math.IsInf(float64(partLSE[i]), -1) {
			continue
		}
		n, heads := out.Shape[2], out.Shape[1]
		b, h, row := i/n/heads, i/n%heads, i%n
		to, from := out.Row(b, h, row), part.Row(b, h, row)
		x, y := float64(lse[i]), float64(partLSE[i])
		if math.IsInf(x, -1) {
			copy(to, from)
			lse[i] = partLSE[i]
			continue
		}
		top := math.Max(x, y)
		u, v := math.Exp(x-top), math.Exp(y-top)
		lse[i] = float32(top + math.Log(u+v))
		u, v = u/(u+v), v/(u+v)
		for c, z := range from {
			to[c] = float32(u*float64(to[c]) + v*float64(z))
		}
	}
}

func checkMerge(out Tensor, lse []float32, part Tensor, partLSE []float32) {
	if part.Shape != out.Shape {
		panicOfShape("part", &part, out.Shape)
	}
	if !out.inside() {
		panicOutside("out", &out)
	}
	if !part.inside() {
		panicOutside("part", &part)
	}
	if !out.distinct() {
		panicFolded("out", &out)
	}
	rows := out.Shape[0] * out.Shape[1] * out.Shape[2]
	if len(lse) != rows {
		panicOfLength("lse", len(lse), fmt.Sprintf("the %d rows of out", rows))
	}
	if len(partLSE) != rows {
		panicOfLength("partLSE", len(partLSE), fmt.Sprintf("the %d rows of out", rows))
	}
	checkMergeOverlaps(out.Data[:out.extent()], lse, part.Data[:part.extent()], partLSE)
}

func checkMergeOverlaps(out, lse, part, partLSE []float32) {
	switch {
	case sliceOverlaps(out, part):
		panicOverlap("out", "part")
	case sliceOverlaps(out, lse):
		panicOverlap("out", "lse")
	case sliceOverlaps(out, partLSE):
		panicOverlap("out", "partLSE")
	case sliceOverlaps(lse, part):
		panicOverlap("lse", "part")
	case sliceOverlaps(lse, partLSE):
		panicOverlap("lse", "partLSE")
	}
}
