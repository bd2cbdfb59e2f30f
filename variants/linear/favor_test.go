package linear_test

import (
	"math"
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/internal/oracle"
	"attnbench/variants/linear"
)

// long returns a Problem of FAVOR+ and Gaussian numbers, those of Q and K times factor.
func long(t *testing.T, n, hq, hkv int, factor float32, eps float32) (attn.Problem, attn.Args) {
	t.Helper()
	p := attn.Problem{
		Batch: 1, QHeads: hq, KVHeads: hkv, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 16, Mask: attn.Causal(),
		Rule: attn.Rule{Kind: attn.Linear, Feature: attn.Favor, Features: 96, Eps: eps},
	}
	a, err := input.Args(p, "gaussian", 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []attn.Tensor{a.Q, a.K} {
		for i := range x.Data {
			x.Data[i] *= factor
		}
	}
	return p, a
}

// worst is the largest error of the rows that it looks at, in units of the largest |V|. It
// fails where a row is 0 and its definition is not.
func worst(t *testing.T, what string, p attn.Problem, a attn.Args) (worst float64) {
	t.Helper()
	want := make([]float64, p.ValueDim)
	for h := range p.QHeads {
		for row := h; row < p.QLen; row += 1 + row/2 {
			oracle.Eval(&p, &a, oracle.Row{H: h, I: row}, want)
			zeros := 0
			for c, x := range a.Out.Row(0, h, row) {
				if x == 0 && want[c] != 0 {
					zeros++
				}
				if err := math.Abs(float64(x) - want[c]); !(err <= worst) {
					worst = err
				}
			}
			if zeros == p.ValueDim {
				t.Errorf("%s: head %d row %d is 0: want %v", what, h, row, want)
			}
		}
	}
	return worst
}

// The features of N(0, 5²) at d = 64 are near e^-100, and those of N(0, 100²) below anything
// that a float64 holds. No row may be lost: FAVOR+ is the mean of some V whatever their length.
func TestFavorRowsSurviveWhereTheirFeaturesUnderflow(t *testing.T) {
	for _, factor := range []float32{1, 5, 20, 100, 1e4} {
		for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
			for _, v := range []attn.Variant{linear.New(), linear.NewChunked(), linear.NewRecurrent()} {
				p, a := long(t, 160, 2, 1, factor, 0)
				p.Mask = mask
				plan, err := v.Plan(p, attn.Options{})
				if err != nil {
					t.Fatal(err)
				}
				plan.Forward(a, make([]float32, plan.Workspace()))
				if got := worst(t, v.Name(), p, a); !(got <= 5e-5) {
					t.Errorf("%s, %v, N(0, %v²): off by %.3g", v.Name(), mask, factor, got)
				}
			}
		}
	}
}

// A State that takes the same tokens one by one, or several at a time, keeps the quotient, and
// so does a Forward that starts from what another left.
func TestFavorRowsSurviveInAState(t *testing.T) {
	p, a := long(t, 96, 2, 1, 5, 0)
	one := p
	one.QLen, one.KVLen = 5, 96
	s, err := linear.New().(attn.Decoder).NewState(one, attn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ws := make([]float32, s.Workspace())
	for at := 0; at < p.QLen; {
		n := min(1+at%5, p.QLen-at)
		chunk := attn.Args{Q: a.Q.Rows(at, at+n), K: a.K.Rows(at, at+n), V: a.V.Rows(at, at+n), Out: a.Out.Rows(at, at+n)}
		if err := s.Extend(chunk, nil, ws); err != nil {
			t.Fatal(err)
		}
		at += n
	}
	if got := worst(t, "a State", p, a); !(got <= 5e-5) {
		t.Errorf("a State is off by %.3g", got)
	}

	clear(a.Out.Data)
	state, norm, log := attn.NewTensor(1, 1, 96, 16), attn.NewTensor(1, 1, 1, 96), make([]float32, 1)
	for _, part := range [][2]int{{0, 40}, {40, 96}} {
		lo, hi := part[0], part[1]
		q := p
		q.QLen, q.KVLen = hi-lo, hi-lo
		chunk := attn.Args{Q: a.Q.Rows(lo, hi), K: a.K.Rows(lo, hi), V: a.V.Rows(lo, hi), Out: a.Out.Rows(lo, hi)}
		if lo == 0 {
			chunk.StateN, chunk.NormN, chunk.LogScaleN = state, norm, log
		} else {
			chunk.State0, chunk.Norm0, chunk.LogScale0 = state, norm, log
		}
		plan, err := linear.New().Plan(q, attn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plan.Forward(chunk, make([]float32, plan.Workspace()))
	}
	if log[0] == 0 {
		t.Error("LogScaleN is 0: want the logarithm of a scale")
	}
	if got := worst(t, "a Forward from LogScale0", p, a); !(got <= 5e-5) {
		t.Errorf("a Forward from LogScale0 is off by %.3g", got)
	}
}

// eps is as small as the features: neither 0, which would hide it, nor 1, which would hide them.
func TestEpsOfFavorMeetsFeaturesOfItsOwnSize(t *testing.T) {
	for _, factor := range []float32{1, 3} {
		p, a := long(t, 64, 2, 1, factor, 1e-25)
		if factor == 1 {
			p.Rule.Eps = 0.05
		}
		for _, v := range []attn.Variant{linear.New(), linear.NewChunked()} {
			plan, err := v.Plan(p, attn.Options{})
			if err != nil {
				t.Fatal(err)
			}
			plan.Forward(a, make([]float32, plan.Workspace()))
			if got := worst(t, v.Name(), p, a); !(got <= 5e-5) {
				t.Errorf("%s, N(0, %v²): off by %.3g", v.Name(), factor, got)
			}
		}
	}
}

// favorState gives a a first state of sums near 1 times e^c, without the features before from.
func favorState(a *attn.Args, p attn.Problem, c float32, from int) {
	m := p.Rule.Features
	a.State0, a.Norm0, a.LogScale0 = attn.NewTensor(1, 1, m, p.ValueDim), attn.NewTensor(1, 1, 1, m), []float32{c}
	for i := from; i < m; i++ {
		a.Norm0.Data[i] = 1 + float32(i%7)/7
		for j := range p.ValueDim {
			a.State0.Row(0, 0, i)[j] = float32((i*5+j*3)%11) - 5
		}
	}
}

// The scale of a first state is common to all of its features, so that no exponent may round at
// its size: with 1e6 added to them all, an output was off by 0.02.
func TestFavorKeepsTheAccuracyOfAFirstStateOfAnyScale(t *testing.T) {
	for _, from := range []int{0, 40} {
		for _, c := range []float32{0, 1e4, -1e4, 1e9, 1e10, -1e20, 3e38} {
			p, a := long(t, 20, 2, 1, 1, 0)
			favorState(&a, p, c, from)
			for _, v := range []attn.Variant{linear.New(), linear.NewChunked()} {
				plan, err := v.Plan(p, attn.Options{})
				if err != nil {
					t.Fatal(err)
				}
				plan.Forward(a, make([]float32, plan.Workspace()))
				want := oracle.ExpectAll(p, a, oracle.Sample(&p, 8, 1))
				if got := oracle.Compare(&p, want, a.Out, nil); !(got.Worst <= 1) || !(got.MaxAbs <= 5e-5) {
					t.Errorf("%s, LogScale0 %v, %d features without keys: off by %.3g, %.3g budgets: %s", v.Name(), c, from, got.MaxAbs, got.Worst, got.First)
				}
			}
		}
	}
}

// What a Forward leaves of keys so long that no float32 holds their exponents to 100 is rough,
// but a number: the remainders beside a rounded LogScaleN, and beside raised references, were
// exponentials of 10^12 and more.
func TestFavorCarriesAStateOfHugeExponentsWithoutNaN(t *testing.T) {
	for _, factor := range []float32{1e4, 1e5, 1e9, 1e12} {
		for _, v := range []attn.Variant{linear.New(), linear.NewChunked()} {
			p, a := long(t, 120, 2, 1, factor, 0)
			state, norm, log := attn.NewTensor(1, 1, 96, 16), attn.NewTensor(1, 1, 1, 96), make([]float32, 1)
			for lo := 0; lo < p.QLen; lo += 40 {
				q, hi := p, lo+40
				q.QLen, q.KVLen = 40, 40
				chunk := attn.Args{Q: a.Q.Rows(lo, hi), K: a.K.Rows(lo, hi), V: a.V.Rows(lo, hi), Out: a.Out.Rows(lo, hi),
					StateN: attn.NewTensor(1, 1, 96, 16), NormN: attn.NewTensor(1, 1, 1, 96), LogScaleN: make([]float32, 1)}
				if lo > 0 {
					chunk.State0, chunk.Norm0, chunk.LogScale0 = state, norm, log
				}
				plan, err := v.Plan(q, attn.Options{})
				if err != nil {
					t.Fatal(err)
				}
				plan.Forward(chunk, make([]float32, plan.Workspace()))
				state, norm, log = chunk.StateN, chunk.NormN, chunk.LogScaleN
				for _, x := range [][]float32{state.Data, norm.Data, log} {
					if i := slices.IndexFunc(x, func(y float32) bool { return y-y != 0 }); i >= 0 {
						t.Errorf("%s, N(0, %v²): a last state has %v", v.Name(), factor, x[i])
					}
				}
			}
			for c := range p.ValueDim {
				low, high := float32(math.Inf(1)), float32(math.Inf(-1))
				for j := range p.KVLen {
					low, high = min(low, a.V.Row(0, 0, j)[c]), max(high, a.V.Row(0, 0, j)[c])
				}
				for row := range 2 * p.QLen {
					if y := a.Out.Row(0, row/p.QLen, row%p.QLen)[c]; !(y >= low-1e-5 && y <= high+1e-5) {
						t.Fatalf("%s, N(0, %v²): row %d is %v: want %v to %v", v.Name(), factor, row, y, low, high)
					}
				}
			}
		}
	}
}

// One c serves all features of a head, so that a state carries those whose sums are within the
// range of a float32 below the largest. The others are 0 as a whole, sums and normaliser.
func TestAStateOfFavorCarriesFeaturesDownToTheSmallestFloat(t *testing.T) {
	p, a := long(t, 40, 1, 1, 20, 0)
	a.StateN, a.NormN, a.LogScaleN = attn.NewTensor(1, 1, 96, 16), attn.NewTensor(1, 1, 1, 96), make([]float32, 1)
	plan, err := linear.New().Plan(p, attn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan.Forward(a, make([]float32, plan.Workspace()))
	w, root := attn.FavorProjection(96, 64, 0), math.Sqrt(p.Scale.Value(64))
	largest := make([]float64, 96) // of the exponents of the keys, as good as the logarithm of their sum
	for i := range largest {
		largest[i] = math.Inf(-1)
		for j := range p.KVLen {
			var exponent float64
			for c, k := range a.K.Row(0, 0, j) {
				x := float64(k) * root
				exponent += float64(w[i*64+c])*x - x*x/2
			}
			largest[i] = max(largest[i], exponent)
		}
	}
	kept, lost := 0, 0
	for i, z := range a.NormN.Data {
		switch below := slices.Max(largest) - largest[i]; {
		case below < 90:
			kept++
			if z == 0 {
				t.Errorf("feature %d, at e^-%.0f of the largest, is lost", i, below)
			}
		case below > 110:
			lost++
			if z != 0 || slices.ContainsFunc(a.StateN.Row(0, 0, i), func(s float32) bool { return s != 0 }) {
				t.Errorf("feature %d, at e^-%.0f of the largest, has %v and %v", i, below, z, a.StateN.Row(0, 0, i))
			}
		}
	}
	if kept < 10 || lost < 10 {
		t.Errorf("%d features to keep and %d to lose: the test shows nothing", kept, lost)
	}
}
