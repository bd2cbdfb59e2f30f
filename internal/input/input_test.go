package input

import (
	"math"
	"testing"

	"attnbench/attn"
)

var shape = attn.Problem{Batch: 1, QHeads: 2, KVHeads: 1, QLen: 400, KVLen: 500, HeadDim: 16, ValueDim: 24}

func args(t *testing.T, p attn.Problem, profile string, seed uint64) attn.Args {
	t.Helper()
	a, err := Args(p, profile, seed)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The numbers are a promise: records of different versions and machines are
// compared on them. math.Log and math.Cos may differ in the last bit between
// architectures, hence the slack.
func TestNumbersStayWhatTheyAre(t *testing.T) {
	a := args(t, shape, "gaussian", 1)
	for i, want := range []float32{-1.1990776, -1.0176673, -0.45276946, -0.06727132} {
		if got := []float32{a.Q.Data[0], a.Q.Data[1], a.K.Data[0], a.V.Data[499*24]}[i]; !(math.Abs(float64(got-want)) <= 1e-6) {
			t.Errorf("number %d is %v: want %v", i, got, want)
		}
	}
}

func TestNumbersDependOnShapeSeedAndNameAlone(t *testing.T) {
	first := func(p attn.Problem, seed uint64) [3]float32 {
		a := args(t, p, "gaussian", seed)
		return [3]float32{a.Q.Data[0], a.K.Data[0], a.V.Data[0]}
	}
	x := first(shape, 1)
	if x[0] == x[1] || x[1] == x[2] {
		t.Errorf("q, k and v begin with the same number: %v", x)
	}
	masked := shape
	masked.Mask, masked.Rule = attn.Causal(), attn.Rule{Kind: attn.Linear}
	if first(masked, 1) != x {
		t.Error("mask or rule changes the numbers")
	}
	longer := shape
	longer.KVLen++
	if first(shape, 2) == x || first(longer, 1) == x {
		t.Error("another seed or shape gives the same numbers")
	}
}

func moments(x []float32) (mean, sd, least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		mean += float64(v) / float64(len(x))
		least, most = math.Min(least, float64(v)), math.Max(most, float64(v))
	}
	for _, v := range x {
		sd += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, math.Sqrt(sd), least, most
}

func TestProfiles(t *testing.T) {
	for _, c := range []struct {
		profile  string
		qsd      float64
		positive bool
	}{{"gaussian", 1, false}, {"positive", 1, true}, {"peaky", 8, false}} {
		a := args(t, shape, c.profile, 3)
		if mean, sd, _, _ := moments(a.Q.Data); math.Abs(mean) > 0.05*c.qsd || math.Abs(sd/c.qsd-1) > 0.05 {
			t.Errorf("%s: Q has mean %v and deviation %v: want 0 and %v", c.profile, mean, sd, c.qsd)
		}
		if _, _, least, _ := moments(a.V.Data); (least >= 0) != c.positive {
			t.Errorf("%s: the least of V is %v", c.profile, least)
		}
	}
	var far int
	a := args(t, shape, "outliers", 3)
	for _, x := range a.V.Data {
		if math.Abs(float64(x)) > 6 {
			far++
		}
	}
	if far < 1 || far > 40 {
		t.Errorf("outliers: %d of %d elements lie beyond 6: want about one in 2000", far, len(a.V.Data))
	}
	if _, err := Args(shape, "no such profile", 1); err == nil {
		t.Error("an unknown profile is taken")
	}
}
