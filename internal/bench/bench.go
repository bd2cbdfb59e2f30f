// Package bench times variants from go test -bench, with names that benchstat
// can group:
//
//	BenchmarkForward/n=4096/d=64/mask=causal/isa=avx512
//
// Each line also has useful GFLOP/s and their fraction of the FMA peak. The peak is
// measured between the Forwards, on as many goroutines, with the same kernel set and in
// bursts as long as a Forward. Both figures are of medians and compare across machines
// and moments, where times do not.
package bench

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Case is one shape to time. Zero values: ValueDim is HeadDim, 8 query heads, as
// many kv heads, 1 worker, causal.
type Case struct {
	N, HeadDim, ValueDim, QHeads, KVHeads, Workers int
	Mask                                           attn.Mask
	// With is a modifier: softcap, alibi, bias (dense, the same for all heads), or none.
	With string
	// Rule is one of attn.RuleTexts; empty: the typical rule of the variant.
	Rule string
	// Rows stores the tensors as [batch, row, head, dim] and views them by head.
	Rows bool
}

func (c Case) problem(v attn.Variant) attn.Problem {
	p := attn.Problem{
		Batch: 1, QHeads: cmp.Or(c.QHeads, 8), KVHeads: cmp.Or(c.KVHeads, c.QHeads, 8), QLen: c.N, KVLen: c.N,
		HeadDim: c.HeadDim, ValueDim: cmp.Or(c.ValueDim, c.HeadDim), Mask: c.Mask,
	}
	if p.Mask == nil {
		p.Mask = attn.Causal()
		p = attn.TypicalOf(v, p)
	} else {
		p.Rule = attn.TypicalOf(v, p).Rule
	}
	if c.Rule != "" {
		var err error
		if p.Rule, err = attn.ParseRule(c.Rule); err != nil {
			panic(err)
		}
		if p.Rule.Decay == attn.FixedDecay {
			p.LogDecay = attn.RetentionDecay(p.KVHeads)
		}
	}
	switch c.With {
	case "softcap":
		p.Softcap = 30
	case "alibi":
		p.ALiBi = attn.ALiBiSlopes(p.QHeads)
	case "bias":
		p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
	}
	return p
}

// name is the benchmark's name without fields of zero value.
func (c Case) name(p attn.Problem, isa string) string {
	s := fmt.Sprintf("n=%d/d=%d", p.QLen, p.HeadDim)
	if p.ValueDim != p.HeadDim {
		s += fmt.Sprintf("/dv=%d", p.ValueDim)
	}
	if c.QHeads != 0 {
		s += fmt.Sprintf("/heads=%d_%d", p.QHeads, p.KVHeads)
	}
	s += "/mask=" + p.VisibilityMask().String()
	if c.Rows {
		s += "/layout=bnhd"
	}
	if c.Rule != "" {
		s += "/rule=" + c.Rule
	}
	if c.With != "" {
		s += "/with=" + c.With
	}
	if c.Workers > 1 {
		s += fmt.Sprintf("/workers=%d", c.Workers)
	}
	return s + "/isa=" + isa
}

// Forward runs the cases on every kernel set of this machine.
func Forward(b *testing.B, v attn.Variant, cases ...Case) {
	for _, c := range cases {
		p := c.problem(v)
		for _, isa := range attn.ISAsOf(v) {
			b.Run(c.name(p, isa), func(b *testing.B) { c.run(b, v, p, isa) })
		}
	}
}

func (c Case) run(b *testing.B, v attn.Variant, p attn.Problem, isa string) {
	workers := max(1, c.Workers)
	plan, err := v.Plan(p, attn.Options{Workers: workers, ISA: isa})
	if err != nil {
		b.Fatal(err)
	}
	set, err := kernel.Find(isa)
	if err != nil {
		b.Fatal(err)
	}
	a := args(b, p, c.Rows)
	ws := make([]float32, plan.Workspace())
	flops := float64(p.FLOPs())
	plan.Forward(a, ws)
	begin := time.Now()
	plan.Forward(a, ws)
	rounds := roundsOf(set, time.Since(begin))
	b.ReportAllocs()
	b.ResetTimer()
	times, peaks := make([]float64, 0, b.N), make([]float64, 0, b.N)
	for range b.N {
		begin := time.Now()
		plan.Forward(a, ws)
		times = append(times, time.Since(begin).Seconds())
		b.StopTimer()
		peaks = append(peaks, peak(set, workers, rounds))
		b.StartTimer()
	}
	rate := flops / median(times)
	b.ReportMetric(rate/1e9, "GFLOP/s")
	b.ReportMetric(rate/median(peaks), "of-peak")
}

// peak is the FLOP/s of a burst of multiply-adds on all workers.
func peak(set *kernel.Set, workers, rounds int) float64 {
	var flops atomic.Int64
	t := par.Together(workers, func(int) {
		for left := rounds; left > 0; left -= burstRounds { // between the calls the garbage collector may stop a worker
			flops.Add(set.Peak(min(left, burstRounds)))
		}
	})
	return float64(flops.Load()) / t.Seconds()
}

// burstRounds rounds of Peak take some 10 µs.
const burstRounds = 1 << 12

// roundsOf is the number of rounds of Peak that take about as long as a Forward, within 0.5
// and 50 ms: a busy machine then takes the same share of time from both.
func roundsOf(set *kernel.Set, forward time.Duration) int {
	set.Peak(burstRounds)
	begin := time.Now()
	set.Peak(burstRounds)
	one := time.Since(begin)
	forward = min(max(forward, 500*time.Microsecond), 50*time.Millisecond)
	return int(float64(burstRounds) * float64(forward) / float64(max(one, 1)))
}

func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// args makes gaussian inputs and room for the output; with rows set all are stored as
// [batch, row, head, dim].
func args(b *testing.B, p attn.Problem, rows bool) attn.Args {
	a, err := input.Args(p, "gaussian", 1)
	if err != nil {
		b.Fatal(err)
	}
	if rows {
		for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out} {
			*t = byRows(*t)
		}
	}
	return a
}

// byRows copies t into the [batch, row, head, dim] layout.
func byRows(t attn.Tensor) attn.Tensor {
	batch, heads, n, d := t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
	to := attn.NewTensor(batch, n, heads, d)
	to.Shape[1], to.Shape[2] = heads, n
	to.Stride[1], to.Stride[2] = to.Stride[2], to.Stride[1]
	for b := range batch {
		for h := range heads {
			for i := range n {
				copy(to.Row(b, h, i), t.Row(b, h, i))
			}
		}
	}
	return to
}
