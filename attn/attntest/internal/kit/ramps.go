package kit

import (
	"math"

	"attnbench/attn"
)

// ramps are profiles of softmax Problems: at the default scale the scores of every row go
// from -limit at the first key to +limit at the last, or the other way where limit is
// negative. exp of 150 overflows float32, that of 800 float64.
var ramps = map[string]float64{"rising": 150, "falling": -150, "rising steeply": 800, "falling steeply": -800}

// Ramps lists the profiles of large scores.
func Ramps() []string {
	return []string{"rising", "falling", "rising steeply", "falling steeply"}
}

// ramp makes the profile of a, which holds Gaussian numbers. With x = D^(-1/4) and r_j the
// ramp at key j, q = x·(1 + noise) and k_j = x·(r_j + noise), so that scale·q·k_j = r_j but
// for the noise.
func ramp(p attn.Problem, a attn.Args, limit float64) {
	const noise = 1.0 / 64
	x := math.Pow(float64(p.HeadDim), -0.25)
	for i, q := range a.Q.Data {
		a.Q.Data[i] = float32(x * (1 + noise*float64(q)))
	}
	for i, k := range a.K.Data {
		at := 1.0 // where there is one key
		if j := i / p.HeadDim % p.KVLen; p.KVLen > 1 {
			at = 2*float64(j)/float64(p.KVLen-1) - 1
		}
		a.K.Data[i] = float32(x * (at*limit + float64(k)))
	}
}

// HasRamp reports whether c has large scores.
func (c Case) HasRamp() bool { return ramps[c.Profile] != 0 }
