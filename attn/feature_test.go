package attn

import (
	"math"
	"slices"
	"testing"
)

// Rows of a block of d are orthogonal, whatever is left for the last block.
func TestFavorProjectionIsOrthogonalInBlocks(t *testing.T) {
	for _, c := range []struct{ m, d int }{{1, 1}, {5, 1}, {1, 8}, {8, 8}, {20, 8}, {7, 64}, {130, 64}} {
		w := FavorProjection(c.m, c.d, 3)
		if len(w) != c.m*c.d {
			t.Fatalf("%d rows of %d: %d elements", c.m, c.d, len(w))
		}
		for i := range c.m {
			x := wide(w[i*c.d : (i+1)*c.d])
			if length := dot(x, x); !(length > 0) || math.IsInf(length, 0) {
				t.Errorf("%d rows of %d: row %d has the squared length %v", c.m, c.d, i, length)
			}
			for j := i / c.d * c.d; j < i; j++ {
				y := wide(w[j*c.d : (j+1)*c.d])
				if cosine := dot(x, y) / math.Sqrt(dot(x, x)*dot(y, y)); !(math.Abs(cosine) < 1e-6) {
					t.Errorf("%d rows of %d: rows %d and %d have the cosine %v", c.m, c.d, i, j, cosine)
				}
			}
		}
	}
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}

// A row by itself is N(0, I): the elements have mean 0 and variance 1, and the lengths
// differ as those of Gaussian vectors do.
func TestRowsOfFavorProjectionAreGaussian(t *testing.T) {
	const m, d = 4000, 16
	w := wide(FavorProjection(m, d, 1))
	var sum, squares, lengths float64
	for i := range m {
		length := dot(w[i*d:(i+1)*d], w[i*d:(i+1)*d])
		squares += length / (m * d)
		lengths += (length - d) * (length - d) / m
		for _, x := range w[i*d : (i+1)*d] {
			sum += x / (m * d)
		}
	}
	if !(math.Abs(sum) < 0.02 && math.Abs(squares-1) < 0.02 && math.Abs(lengths/(2*d)-1) < 0.1) {
		t.Errorf("mean %v, mean square %v, variance of the squared length %v: want 0, 1 and %d", sum, squares, lengths, 2*d)
	}
}

// Any process makes the same projection of a seed: records are compared on it.
func TestFavorProjectionIsAFunctionOfTheSeed(t *testing.T) {
	w := FavorProjection(20, 8, 3)
	if !slices.Equal(w, FavorProjection(20, 8, 3)) {
		t.Error("one seed gives two projections")
	}
	if slices.Equal(w, FavorProjection(20, 8, 4)) || slices.Equal(w[:64], w[64:128]) {
		t.Error("another seed or block gives the same rows")
	}
	for i, want := range map[int]float32{0: 0.43088523, 7: 1.6016157, 159: 0.16930604} {
		if !(math.Abs(float64(w[i]-want)) <= 1e-6) {
			t.Errorf("element %d is %v: want %v", i, w[i], want)
		}
	}
}

func TestFavorProjectionOfNothing(t *testing.T) {
	for _, c := range [][2]int{{0, 8}, {-1, 8}, {4, 0}, {4, -8}, {math.MaxInt, 2}} {
		if w := FavorProjection(c[0], c[1], 1); w != nil {
			t.Errorf("%d rows of %d: got %d elements", c[0], c[1], len(w))
		}
	}
}

func TestFeaturesAreThoseOfTheMap(t *testing.T) {
	p := valid()
	for text, want := range map[string]int{"softmax": 3, "linear:elu1": 3, "linear:relu": 3, "linear:favor:20:1": 20, "linear:taylor2": 13, "gated:dim": 3} {
		var err error
		if p.Rule, err = ParseRule(text); err != nil || p.Features() != want {
			t.Errorf("%s: %d features, %v: want %d", text, p.Features(), err, want)
		}
	}
}
