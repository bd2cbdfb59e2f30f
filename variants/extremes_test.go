package variants_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/internal/oracle"
	"attnbench/variants"
)

// everySoftmax computes p on every kernel set of every variant, by a Forward and, where the
// variant decodes and p can grow token by token, by a State in steps of 1, 5 and 2 tokens.
func everySoftmax(t *testing.T, p attn.Problem, a attn.Args, check func(t *testing.T, out attn.Tensor, lse []float32)) {
	t.Helper()
	for _, v := range variants.All() {
		for _, isa := range attn.ISAsOf(v) {
			o := attn.Options{ISA: isa}
			x, err := v.Plan(p, o)
			if err != nil {
				continue // a linear variant
			}
			t.Run(v.Name()+"/"+isa, func(t *testing.T) {
				a := a
				a.Out, a.LSE = attn.NewTensor(a.Out.Shape[0], a.Out.Shape[1], a.Out.Shape[2], a.Out.Shape[3]), make([]float32, p.Batch*p.QHeads*p.QLen)
				x.Forward(a, make([]float32, x.Workspace()))
				check(t, a.Out, a.LSE)
			})
			if d, ok := v.(attn.Decoder); ok && p.Bias == (attn.BiasShape{}) && p.QLen == p.KVLen && p.Mask == attn.Causal() {
				t.Run(v.Name()+"/"+isa+"/state", func(t *testing.T) {
					out, lse := decoded(t, d, p, a, o)
					check(t, out, lse)
				})
			}
		}
	}
}

// decoded is what a State makes of all tokens of a. p has one batch entry.
func decoded(t *testing.T, d attn.Decoder, p attn.Problem, a attn.Args, o attn.Options) (attn.Tensor, []float32) {
	t.Helper()
	tokens := p.QLen
	p.QLen = 5
	s, err := d.NewState(p, o)
	if err != nil {
		t.Fatal(err)
	}
	out, lse := attn.NewTensor(1, p.QHeads, tokens, p.ValueDim), make([]float32, p.QHeads*tokens)
	ws := make([]float32, s.Workspace())
	for at, i := 0, 0; at < tokens; i++ {
		n := min([]int{1, 5, 2}[i%3], tokens-at)
		step := attn.Args{
			Q: a.Q.Rows(at, at+n), K: a.K.Rows(at, at+n), V: a.V.Rows(at, at+n),
			Out: attn.NewTensor(1, p.QHeads, n, p.ValueDim), LSE: make([]float32, p.QHeads*n),
		}
		if err := s.Extend(step, nil, ws); err != nil {
			t.Fatal(err)
		}
		for h := range p.QHeads {
			for r := range n {
				copy(out.Row(0, h, at+r), step.Out.Row(0, h, r))
				lse[h*tokens+at+r] = step.LSE[h*n+r]
			}
		}
		at += n
	}
	return out, lse
}

// within fails where a row misses the float64 definition by more than slack times the
// largest |V| of the column, or its LSE by more than lseSlack.
func within(t *testing.T, p attn.Problem, a attn.Args, out attn.Tensor, lse []float32, slack float64, lseSlack func(lse float64) float64) {
	t.Helper()
	want := make([]float64, p.ValueDim)
	for h := range p.QHeads {
		for i := range p.QLen {
			wantLSE := oracle.Eval(&p, &a, oracle.Row{H: h, I: i}, want)
			for c, w := range want {
				largest := 0.0
				for j := range p.KVLen {
					largest = max(largest, math.Abs(float64(a.V.Row(0, p.KVHead(h), j)[c])))
				}
				if got := float64(out.Row(0, h, i)[c]); !(math.Abs(got-w) <= slack*largest) {
					t.Fatalf("head %d, row %d: out[%d] is %g: want %g, %.2g of %g away", h, i, c, got, w, math.Abs(got-w)/largest, largest)
				}
			}
			if got := float64(lse[h*p.QLen+i]); got != float64(float32(wantLSE)) && !(math.Abs(got-wantLSE) <= lseSlack(wantLSE)) {
				t.Fatalf("head %d, row %d: LSE is %g: want %g", h, i, got, wantLSE)
			}
		}
	}
}

func extreme(heads, rows, keys, d, dv int, mask attn.Mask) (attn.Problem, attn.Args) {
	p := attn.Problem{Batch: 1, QHeads: heads, KVHeads: heads, QLen: rows, KVLen: keys, HeadDim: d, ValueDim: dv, Mask: mask}
	return p, gaussian(p)
}

func gaussian(p attn.Problem) attn.Args {
	a, rng := attn.NewArgs(p), rand.New(rand.NewPCG(uint64(p.KVLen), 5))
	for _, x := range [][]float32{a.Q.Data, a.K.Data, a.V.Data} {
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
	}
	return a
}

// Where float32 has the scores exactly, their size costs nothing: log2(e) must multiply what
// is left of them after the maximum is subtracted. Folded into Q it costs up to 8e-6 here.
func TestExactScoresOfAnySizeCostNoAccuracy(t *testing.T) {
	for _, offset := range []float32{0, -200, 200, -3000} {
		p, a := extreme(1, 40, 40, 4, 2, attn.Causal())
		p.SinkLogits = []float32{offset - 1}
		clear(a.Q.Data)
		clear(a.K.Data)
		for i := range p.QLen {
			a.Q.Row(0, 0, i)[0] = 2 // times the scale, 1/2
			a.K.Row(0, 0, i)[0] = offset + float32(i*11%40)/32
			a.V.Row(0, 0, i)[1] = float32(math.Abs(float64(a.V.Row(0, 0, i)[1])))
		}
		everySoftmax(t, p, a, func(t *testing.T, out attn.Tensor, lse []float32) {
			within(t, p, a, out, lse, 3.5e-7, func(lse float64) float64 { return 3e-7 + 0x1.1p-24*math.Abs(lse) })
		})
	}
}

// PyTorch pads with finfo.min: a row of nothing but -MaxFloat32 is the mean of V, and every
// other finite bias is a number, too.
func TestEveryFiniteBiasIsANumber(t *testing.T) {
	const end = math.MaxFloat32
	inf := float32(math.Inf(-1))
	rows := []func(j int) float32{
		func(int) float32 { return -end },
		func(int) float32 { return -2.4e38 },
		func(int) float32 { return 2.4e38 },
		func(int) float32 { return end },
		func(int) float32 { return -1e30 },
		func(j int) float32 { return []float32{-end, 0}[j%2] },
		func(j int) float32 { return []float32{-end, inf, -end}[j%3] },
		func(j int) float32 { return []float32{-end, -2.4e38}[j%2] },
		func(j int) float32 { return []float32{2.4e38, 0, -end}[j%3] },
		func(j int) float32 { return []float32{inf, end, -end}[j%3] },
		func(j int) float32 { return []float32{inf, -3.4e38}[min(1, j/100)] },
		func(int) float32 { return inf },
	}
	for _, mask := range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 70, Right: 3}} {
		p, a := extreme(2, 3*len(rows), 150, 8, 3, mask)
		p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
		a.Bias = attn.NewTensor(1, 1, p.QLen, p.KVLen)
		for i := range p.QLen {
			for j := range p.KVLen {
				a.Bias.Row(0, 0, i)[j] = rows[i%len(rows)](j)
			}
		}
		relative := func(lse float64) float64 { return 1e-6 * math.Max(1, math.Abs(lse)) }
		everySoftmax(t, p, a, func(t *testing.T, out attn.Tensor, lse []float32) {
			within(t, p, a, out, lse, 2e-6, relative)
			for i := range p.QLen {
				if hidden := math.IsInf(float64(lse[i]), -1); hidden != (i%len(rows) == len(rows)-1) {
					t.Errorf("row %d has LSE %v", i, lse[i])
				}
			}
		})
		// Scores so large that their sum with the bias is past the range of float32.
		for i := range a.Q.Data {
			a.Q.Data[i] = 1e17
		}
		for i := range a.K.Data {
			a.K.Data[i] = -1e17
		}
		everySoftmax(t, p, a, func(t *testing.T, out attn.Tensor, lse []float32) {
			for i := range p.QLen {
				seen, hidden := false, math.IsInf(float64(lse[i]), -1)
				for j := range p.KVLen {
					seen = seen || mask.Visible(0, 0, p.Start(0)+i, j) && !math.IsInf(float64(a.Bias.Row(0, 0, i)[j]), -1)
				}
				if hidden == seen || lse[i] != lse[i] || float64(lse[i]) > end {
					t.Errorf("scores of -3e34: row %d has LSE %v", i, lse[i])
				}
			}
			within(t, p, a, out, lse, 2e-6, relative)
		})
	}
}

// A softcap bounds whatever the scale makes of the scores: their quotient may be past the
// range of float32.
func TestASoftcapBoundsScoresOfAnyScale(t *testing.T) {
	for _, scale := range []float32{1e30, -1e30, 1, 1e-30} {
		for _, softcap := range []float32{1e-6, 3, 1e6} {
			p, a := extreme(2, 60, 60, 8, 3, attn.Causal())
			p.Scale, p.Softcap = attn.ScaleOf(scale), softcap
			everySoftmax(t, p, a, func(t *testing.T, out attn.Tensor, lse []float32) {
				within(t, p, a, out, lse, 4e-6, func(lse float64) float64 { return 2e-6 * math.Max(1, math.Abs(lse)) })
			})
		}
	}
}

// A mean of values is in their range, even where their sum is not in that of float32.
func TestValuesUpToTheEndOfFloat32HaveAMean(t *testing.T) {
	const end = math.MaxFloat32
	fill := func(a attn.Args) {
		for i, g := 0, 0; g < a.V.Shape[1]; g++ {
			for j := range a.V.Shape[2] {
				row := a.V.Row(0, g, j)
				x := float64(row[1])
				row[0] = end
				row[1] = float32(math.Copysign(1e38*(2+math.Mod(math.Abs(x), 1)), x)) // of either sign
				row[2] = -3.3e38
				row[3] = float32(1e-37 * x)            // beside large values small ones must not vanish
				row[4] = []float32{1e38, -end, 3}[i%3] // neighbours may be both
				i++
			}
		}
	}
	for _, mask := range []attn.Mask{attn.Causal(), attn.Full(), attn.Window{Left: 40, Right: 0}} {
		p, a := extreme(4, 150, 150, 8, 5, mask)
		p.SinkLogits = []float32{-3, 0, 2, -1e30}
		fill(a)
		everySoftmax(t, p, a, func(t *testing.T, out attn.Tensor, lse []float32) {
			within(t, p, a, out, lse, 2e-6, func(float64) float64 { return 1e-5 })
		})
	}
	// Some splits of a decode step, each and all of them past the range.
	p, a := extreme(16, 9000, 9000, 4, 5, attn.Causal())
	fill(a)
	p.QLen = 1
	last := a
	last.Q = a.Q.Rows(8999, 9000)
	for _, v := range variants.All() {
		d, ok := v.(attn.Decoder)
		if !ok {
			continue
		}
		for _, isa := range attn.ISAsOf(v) {
			s, err := d.NewState(p, attn.Options{ISA: isa})
			if err != nil {
				continue // a linear variant
			}
			t.Run(v.Name()+"/"+isa+"/long", func(t *testing.T) {
				if err := s.Append(attn.Args{K: a.K.Rows(0, 8999), V: a.V.Rows(0, 8999)}, nil); err != nil {
					t.Fatal(err)
				}
				step := attn.Args{
					Q: last.Q, K: a.K.Rows(8999, 9000), V: a.V.Rows(8999, 9000),
					Out: attn.NewTensor(1, 16, 1, 5), LSE: make([]float32, 16),
				}
				if err := s.Extend(step, nil, make([]float32, s.Workspace())); err != nil {
					t.Fatal(err)
				}
				within(t, p, last, step.Out, step.LSE, 2e-6, func(float64) float64 { return 1e-5 })
			})
		}
	}
}
