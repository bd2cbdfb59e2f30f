package check

import (
	"math"
	"slices"

	"attnbench/attn"
)

// HardProfile is a change of the timed numbers that shows what they hide.
type HardProfile struct {
	Name    string
	softmax bool // asks nothing of another rule
	Of      func(attn.Problem, attn.Args) attn.Args
}

// hardProfiles are the numbers that every point is checked on beside the timed
// numbers: V of one sign, since errors of the weights cancel in a mean of both signs,
// near one-hot weights, and scores of which exp overflows or vanishes unless their maximum
// is subtracted. Each is made of the timed numbers, positive and peaky as package input
// makes the profile of the same name of gaussian numbers.
var hardProfiles = []HardProfile{
	{Name: "positive", Of: func(_ attn.Problem, a attn.Args) attn.Args {
		a.V = mapped(a.V, func(x float32) float32 { return float32(math.Abs(float64(x))) })
		return a
	}},
	{Name: "peaky", Of: func(_ attn.Problem, a attn.Args) attn.Args {
		a.Q = mapped(a.Q, func(x float32) float32 { return 8 * x })
		return a
	}},
	{Name: "shifted", softmax: true, Of: shifted},
}

// MaxHard is the number of hard profiles.
var MaxHard = len(hardProfiles)

// scoreShift is what shifted adds to the scores of even rows and takes from those of odd
// rows: float32 holds neither exp(128) nor exp(-128).
const scoreShift = 128

// shifted writes x into column 0 of K and ±x into column 0 of Q, with scale·x² = scoreShift.
// The softmax of a row does not change by what all of its scores have in common.
func shifted(p attn.Problem, a attn.Args) attn.Args {
	x := min(math.Sqrt(scoreShift/math.Abs(p.Scale.Value(p.HeadDim))), 1e18)
	same := func(x float32) float32 { return x }
	a.Q, a.K = mapped(a.Q, same), mapped(a.K, same)
	for _, t := range []struct {
		attn.Tensor
		odd float64
	}{{a.Q, -x}, {a.K, x}} {
		for b := range t.Shape[0] {
			for h := range t.Shape[1] {
				for i := range t.Shape[2] {
					t.Row(b, h, i)[0] = float32([]float64{x, t.odd}[i%2])
				}
			}
		}
	}
	return a
}

// HardBeside are the hard profiles of p's rule other than the timed input.
func HardBeside(p attn.Problem, input string) []HardProfile {
	return slices.DeleteFunc(slices.Clone(hardProfiles), func(hard HardProfile) bool {
		return hard.Name == input || hard.softmax && p.Rule.Kind != attn.Softmax
	})
}

// mapped is a copy of t in the same layout, with f applied to every element.
func mapped(t attn.Tensor, f func(float32) float32) attn.Tensor {
	data := make([]float32, len(t.Data))
	for i, x := range t.Data {
		data[i] = f(x)
	}
	t.Data = data
	return t
}
