package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// Every kernel of every set is held against plain loops in float64, at awkward sizes and
// strides, misaligned and between fences.

// operand is a guarded [rows, cols] matrix with row stride ld of N(0, 1).
type operand struct {
	*guard.Buffer
	ld int
}

func matrix(rng *rand.Rand, name string, rows, cols, ld, shift int) operand {
	b := guard.New(name, (rows-1)*ld+cols, shift)
	for r := range rows {
		for c := range cols {
			b.Data()[r*ld+c] = float32(rng.NormFloat64())
		}
	}
	return operand{b, ld}
}

func (o operand) at(r, c int) float64 { return float64(o.Data()[r*o.ld+c]) }

// sizes are keys, d and dv around every block edge.
var sizes = []int{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64}

func forSets(t *testing.T, f func(t *testing.T, set *Set, rng *rand.Rand)) {
	for _, set := range sets {
		t.Run(set.Name, func(t *testing.T) { f(t, set, rand.New(rand.NewPCG(1, 2))) })
	}
}

// near fails where got is not want within the rounding of n terms whose
// magnitudes sum to size.
func near(t *testing.T, what string, got, want, size float64, n int) {
	t.Helper()
	if slack := float64(n+2) * size / (1 << 24); !(math.Abs(got-want) <= slack) {
		t.Fatalf("%s is %v: want %v within %.2g", what, got, want, slack)
	}
}

func checkFences(t *testing.T, buffers ...operand) {
	t.Helper()
	for _, b := range buffers {
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
	}
}
