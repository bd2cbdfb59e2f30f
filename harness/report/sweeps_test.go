package report

import (
	"fmt"
	"math"
	"time"

	"attnbench/harness/result"
)

// The records of these tests are made up: a formula on an "Example CPU", not a
// measurement.

func exampleRun() result.Run {
	return result.Run{
		Kind: result.KindRun, Schema: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: "sweep run", Seed: 1, Input: "gaussian",
		Commit: "0123456789abcdef", Modified: true,
		Machine: result.Machine{
			OS: "linux", Arch: "amd64", GoVersion: "go1.26", CPU: "Example CPU | 3000", Features: []string{"AVX2", "FMA3"},
			Cores: 2, L1dBytes: 32 << 10, L2Bytes: 1 << 20, MemoryBytes: 16 << 30,
		},
	}
}

// formula is how an example variant behaves: fixed + c·N^e nanoseconds, and
// bytes of workspace.
type formula struct {
	variant, mask, rule string
	fixed, c, e         float64
	workspace           func(n int) int64
}

func flat(bytes int64) func(int) int64 { return func(int) int64 { return bytes } }

var (
	naive  = formula{"naive", "causal", "softmax", 90e3, 55, 2, func(n int) int64 { return 16 * int64(n) * int64(n) }}
	flash  = formula{"flash", "causal", "softmax", 40e3, 31, 2, flat(33_204)}
	sparse = formula{"sparse", "window:255:0", "softmax", 60e3, 15_300, 1, flat(33_204)}
	linear = formula{"linear", "causal", "linear:elu1", 50e3, 10_700, 1, flat(76_596)}
)

// point is n tokens of f. Its samples lie 2 % below to 5 % above a median that
// itself wavers with n by 1 %.
func (f formula) point(n int) result.Point {
	ns := (f.fixed + f.c*math.Pow(float64(n), f.e)) * (1 + 0.01*math.Sin(float64(n)+f.c))
	var samples []int64
	for _, s := range []float64{1, 0.99, 1.01, 0.98, 1.05} {
		samples = append(samples, int64(ns*s))
	}
	visible := int64(n) * int64(n+1) / 2
	flops := 4 * 256 * visible
	if f.e == 1 {
		flops = 4 * 256 * 64 * int64(n)
	}
	allocs := int64(0)
	p := result.Point{
		Kind: result.KindPoint, Series: f.variant, Provider: "attnbench", Variant: f.variant, ISA: "generic", Workers: 2, Phase: "prefill", Cache: "warm",
		Problem: result.Problem{
			Batch: 1, QHeads: 4, KVHeads: 4, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 64, Mask: f.mask, Rule: f.rule, DType: "f32", KVDType: "f32",
		},
		Input: "gaussian", Seed: 1, Status: result.StatusOK,
		Agreement: &result.Agreement{MaxAbs: 3.1e-7, Budget: 1e-6, Worst: 0.31, Rows: 64, Of: 4 * int64(n)},
		Drift:     &result.Drift{Cosine: 1},
		SamplesNS: samples, MedianNS: samples[0], Allocs: &allocs,
		FLOPs: flops, ExecutedFLOPs: flops + flops/16, GFLOPS: float64(flops) / ns,
		InputBytes: 3072 * int64(n), OutputBytes: 1024 * int64(n), WorkspaceBytes: f.workspace(n), PredictedBytes: 4096*int64(n) + f.workspace(n),
		Repro: fmt.Sprintf("go run ./cmd/sweep run --variants %s --seqlen %d --mask %s", f.variant, n, f.mask),
	}
	if n <= 256 {
		p.Repeats = 3
	}
	if f.variant == "sparse" || f.variant == "linear" {
		p.Drift = &result.Drift{RelL2: 0.5, MaxAbs: 1.25, Cosine: 0.875}
	}
	return p
}

func doubling(from, to int, each func(n int)) {
	for n := from; n <= to; n *= 2 {
		each(n)
	}
}

// fullSweep is complete: 4 series of 7 lengths.
func fullSweep() result.Sweep {
	s := result.Sweep{Run: exampleRun(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: 28, Seconds: 83.4}}
	doubling(128, 8192, func(n int) {
		for _, f := range []formula{naive, flash, sparse, linear} {
			s.Points = append(s.Points, f.point(n))
		}
	})
	return s
}

// lookedSweep says which heads and samples were looked at, and what all rows were compared
// with.
func lookedSweep() result.Sweep {
	s := fullSweep()
	for i := range s.Points {
		p := &s.Points[i]
		a := *p.Agreement
		a.Heads, a.Samples = 4, len(p.SamplesNS)
		switch {
		case p.Variant == "linear":
			a.Second = "projected oracle"
		case p.Variant == "naive":
			a.Second = "flash"
		case p.Problem.QLen <= 1024:
			a.Second = "naive"
		}
		if p.Variant == "flash" && a.Second == "" {
			a.Second, a.SecondRows = "naive", a.Of/3
		}
		if p.Variant == "sparse" {
			a.HeadsAtEnd, a.Context = 2, 4096
		}
		p.Agreement = &a
	}
	return s
}

// troubledSweep was interrupted and holds a point of every status, on a machine
// that tells nothing of itself.
func troubledSweep() result.Sweep {
	s := fullSweep()
	s.Run.Commit, s.Run.Machine = "", result.Machine{OS: "plan9", Arch: "amd64", GoVersion: "go1.26"}
	s.Points = s.Points[:23]
	s.End = &result.End{Kind: result.KindEnd, Status: "interrupted", Points: 28, Seconds: 12}
	for i, without := range map[int]struct {
		status  result.Status
		message string
	}{
		16: {result.StatusSkipped, "predicted 2m0s: more than one point's share, 24s of the budget of 1m0s"},
		20: {result.StatusSkipped, "predicted 9m0s: more than one point's share, 24s of the budget of 1m0s"},
		18: {result.StatusUnsupported, "sparse: mask strided:100:3 | causal: unsupported operation"},
		5:  {result.StatusDisagree, "error 1 in row 7 is 1e+06 of its budget"},
		7:  {result.StatusFailed, "panicked: runtime error: index out of range [3] with length *3*\nsecond line"},
	} {
		p := &s.Points[i]
		p.Status, p.Message = without.status, without.message
		p.SamplesNS, p.MedianNS, p.GFLOPS, p.Allocs, p.Agreement, p.Drift = nil, 0, 0, nil, nil, nil
	}
	s.Points[5].Agreement = &result.Agreement{MaxAbs: 1, Budget: 1e-6, Worst: 1e6, Rows: 64, Of: 1024}
	s.Points[18].PredictedBytes, s.Points[18].WorkspaceBytes, s.Points[18].ExecutedFLOPs = 0, 0, 0
	many := int64(1234)
	for i := range s.Points {
		if s.Points[i].Variant == "naive" {
			s.Points[i].Traits = []string{"allocates", "own-threads"}
			if s.Points[i].Allocs != nil {
				s.Points[i].Allocs = &many
			}
		}
	}
	return s
}

// axesSweep has several masks and workers, a batch, grouped heads, and lengths
// that are no powers of two.
func axesSweep() result.Sweep {
	s := result.Sweep{Run: exampleRun(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: 24, Seconds: 5000}}
	for _, n := range []int{500, 1000, 2000} {
		for _, f := range []formula{flash, sparse} {
			for _, mask := range []string{"causal", "window:100:0"} {
				for _, workers := range []int{1, 4} {
					p := f.point(n)
					p.Series = f.variant + " " + mask + " " + plural(workers, "worker", "workers")
					p.Problem.Mask, p.Problem.Batch, p.Problem.KVHeads, p.Workers = mask, 2, 2, workers
					for i := range p.SamplesNS {
						p.SamplesNS[i] /= int64(workers)
					}
					p.MedianNS /= int64(workers)
					s.Points = append(s.Points, p)
				}
			}
		}
	}
	return s
}

// qualitySweep names the numbers of its worst errors and has a recall of each
// variant: two retrieve all, one a part, and one cannot run.
func qualitySweep() result.Sweep {
	s := fullSweep()
	for i := range s.Points {
		a := *s.Points[i].Agreement
		a.Profile = []string{"gaussian", "peaky", "positive"}[i%3]
		a.Worst += float64(i%3) / 10
		s.Points[i].Agreement = &a
	}
	for i, f := range []formula{naive, flash, sparse, linear} {
		r := result.Recall{
			Kind: result.KindRecall, Series: f.variant, Variant: f.variant, Seed: 1, Problem: f.point(1024).Problem,
			Status: result.StatusOK, Gain: 27.72, Codewords: 128, StateBytes: int64(512<<10) >> i,
		}
		for m := 1; m <= 128; m *= 2 {
			r.ByPairs = append(r.ByPairs, result.RecallCount{Pairs: m, Queries: max(32, m), Exact: max(32, m) >> max(0, i*i-1)})
			r.ByDistance = append(r.ByDistance, result.RecallCount{Pairs: 8, Distance: 4 * m, Queries: 32, Exact: 32 / (1 + i*m)})
		}
		if f.variant == "flash" {
			r.StateBytes = 512 << 10
		}
		if f.variant == "linear" {
			r.Status, r.Message, r.ByPairs, r.ByDistance, r.StateBytes = result.StatusUnsupported, "linear: Mask window:1:0 | unsupported", nil, nil, 0
		}
		s.Recalls = append(s.Recalls, r)
	}
	return s
}

// selectedSweep has a variant that selects beside two that do not: of its points one is
// checked and not timed, and one skipped.
func selectedSweep() result.Sweep {
	s := result.Sweep{Run: exampleRun(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: 18, Seconds: 40}}
	selected := formula{"sparse-topk", "causal", "softmax", 50e3, 16_900, 1, flat(212_992)}
	doubling(256, 8192, func(n int) {
		for _, f := range []formula{flash, sparse, selected} {
			p := f.point(n)
			if f.variant == selected.variant {
				of := int64(n) * int64(n+1) / 2
				ns := int64(5e3 + 900*float64(n) + 0.04*float64(n)*float64(n))
				p.Selection = &result.Selection{By: "topk:64:8:32", Pairs: min(of, 500*int64(n)), Of: of, SamplesNS: []int64{ns, ns - ns/50, ns + ns/10}, MedianNS: ns}
				if n == 256 {
					p.Selection.Repeats = 2
				}
			}
			s.Points = append(s.Points, p)
		}
	})
	disagrees, skipped := &s.Points[8], &s.Points[len(s.Points)-1]
	disagrees.Status, disagrees.Message = result.StatusDisagree, "error 1 in row 7 is 10 times its budget"
	disagrees.SamplesNS, disagrees.MedianNS, disagrees.GFLOPS = nil, 0, 0
	disagrees.Agreement.MaxAbs, disagrees.Agreement.Worst = 1e-5, 10
	disagrees.Selection.SamplesNS, disagrees.Selection.MedianNS = nil, 0
	skipped.Status, skipped.Message = result.StatusSkipped, "predicted 9m0s"
	skipped.SamplesNS, skipped.MedianNS, skipped.GFLOPS, skipped.Agreement, skipped.Drift = nil, 0, 0, nil, nil
	skipped.FLOPs, skipped.ExecutedFLOPs = 0, 0
	skipped.Selection = &result.Selection{By: "topk:64:8:32"}
	return s
}

// measuredSweep has the machine beside its points, on one set and two numbers of
// workers: of linear, on a set of its own, it has none; one point had too little
// memory for the bandwidth; and another was faster than the machine.
func measuredSweep() result.Sweep {
	s := fullSweep()
	for i := range s.Points {
		p := &s.Points[i]
		if p.Variant == "linear" {
			p.ISA = "own"
			continue
		}
		if p.Variant == "naive" {
			p.Workers = 1
		}
		p.PeakGFLOPS = float64(20+i%5) * float64(p.Workers)
		p.PeakFraction = p.GFLOPS / p.PeakGFLOPS
		if i != 4 {
			p.BandwidthGBS = 15 + float64(i%4)
		}
	}
	p := &s.Points[len(s.Points)-2]
	p.PeakFraction, p.Status = 1.5, result.StatusFailed
	p.Message = "useful work at 66 GFLOP/s is 1.5 times the FMA peak of generic with these workers, 44 GFLOP/s: its FLOPs are counted wrong"
	return s
}
