package attn

import (
	"math"
	"testing"
)

// softmaxOver is the definition over keys [lo, hi) of given scores and values of one dim.
func softmaxOver(scores, values []float64, lo, hi int) (out, lse float64) {
	var sum float64
	for j := lo; j < hi; j++ {
		sum += math.Exp(scores[j])
		out += math.Exp(scores[j]) * values[j]
	}
	if sum == 0 {
		return 0, math.Inf(-1)
	}
	return out / sum, math.Log(sum)
}

// The keys split anywhere, at both ends too, give the whole.
func TestMergeOfPartsIsTheWhole(t *testing.T) {
	scores, values := []float64{1, -2, 7, 0.5, 3}, []float64{2, 9, -4, 1, 0.25}
	want, wantLSE := softmaxOver(scores, values, 0, 5)
	for split := range 6 {
		x, lx := softmaxOver(scores, values, 0, split)
		y, ly := softmaxOver(scores, values, split, 5)
		out, part := Packed([]float32{float32(x)}, 1, 1, 1, 1), Packed([]float32{float32(y)}, 1, 1, 1, 1)
		lse := []float32{float32(lx)}
		if math.IsInf(ly, -1) {
			part.Data[0] = float32(math.NaN()) // what saw no key adds nothing
		}
		Merge(out, lse, part, []float32{float32(ly)})
		if math.Abs(float64(out.Data[0])-want) > 1e-6 || math.Abs(float64(lse[0])-wantLSE) > 1e-6 {
			t.Errorf("split at %d: %v, lse %v: want %v, %v", split, out.Data[0], lse[0], want, wantLSE)
		}
	}
}

func TestMergeOfNothingIsNothing(t *testing.T) {
	inf := float32(math.Inf(-1))
	out, lse := NewTensor(1, 1, 1, 2), []float32{inf}
	Merge(out, lse, NewTensor(1, 1, 1, 2), []float32{inf})
	if out.Data[0] != 0 || lse[0] != inf {
		t.Errorf("got %v, lse %v", out.Data, lse)
	}
}

func TestMergeOfOtherShapesPanics(t *testing.T) {
	for _, c := range []struct {
		part Tensor
		lse  int
		want string
	}{
		{NewTensor(1, 1, 1, 2), 1, ""},
		{NewTensor(1, 1, 2, 2), 1, "part has shape [1 1 2 2]: want [1 1 1 2]"},
		{NewTensor(1, 1, 1, 2), 2, "partLSE has 2 float32s: want the 1 rows of out"},
	} {
		checkMisuse(t, "Merge", func() { Merge(NewTensor(1, 1, 1, 2), make([]float32, 1), c.part, make([]float32, c.lse)) }, c.want)
	}
}

// Where an output is also read, the merge is neither of the two results.
func TestMergeOfWhatOverlapsPanics(t *testing.T) {
	x := make([]float32, 8)
	shape := func(data []float32) Tensor { return Packed(data, 1, 1, 1, 2) }
	for _, c := range []struct {
		out, lse, part, partLSE []float32
		want                    string
	}{
		{x[0:2], x[2:3], x[3:5], x[5:6], ""},
		{x[0:2], x[2:3], x[0:2], x[5:6], "out has memory in common with part: want memory of its own"},
		{x[0:2], x[2:3], x[1:3], x[5:6], "out has memory in common with part: want memory of its own"},
		{x[0:2], x[1:2], x[3:5], x[5:6], "out has memory in common with lse: want memory of its own"},
		{x[0:2], x[2:3], x[3:5], x[0:1], "out has memory in common with partLSE: want memory of its own"},
		{x[0:2], x[4:5], x[3:5], x[5:6], "lse has memory in common with part: want memory of its own"},
		{x[0:2], x[2:3], x[3:5], x[2:3], "lse has memory in common with partLSE: want memory of its own"},
	} {
		checkMisuse(t, "Merge", func() { Merge(shape(c.out), c.lse, shape(c.part), c.partLSE) }, c.want)
	}
}

// The paper's own examples, and its rule for counts that are no power of two.
func TestALiBiSlopes(t *testing.T) {
	for _, c := range []struct {
		heads int
		want  []float64
	}{
		{8, []float64{-1, -2, -3, -4, -5, -6, -7, -8}},
		{16, []float64{-0.5, -1, -1.5, -2, -2.5, -3, -3.5, -4, -4.5, -5, -5.5, -6, -6.5, -7, -7.5, -8}},
		{12, []float64{-1, -2, -3, -4, -5, -6, -7, -8, -0.5, -1.5, -2.5, -3.5}},
		{3, []float64{-4, -8, -2}}, {1, []float64{-8}}, {0, nil},
	} {
		got := ALiBiSlopes(c.heads)
		if len(got) != len(c.want) {
			t.Errorf("%d heads have %d slopes", c.heads, len(got))
			continue
		}
		for i, x := range got {
			if want := math.Exp2(c.want[i]); math.Abs(float64(x)/want-1) > 1e-6 {
				t.Errorf("%d heads: slope %d is %v: want %v", c.heads, i, x, want)
			}
		}
	}
}
