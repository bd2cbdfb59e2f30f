package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"attnbench/harness/result"
)

// step is one context of a decoder: fixed + perToken·N nanoseconds, of which the kept
// rows, 0 for all, are read.
func step(variant, rule string, n int, fixed, perToken float64, rows int, state int64) result.Point {
	ns := (fixed + perToken*float64(n)) * (1 + 0.01*math.Sin(float64(n)))
	var samples []int64
	for i := range 200 {
		samples = append(samples, int64(ns*(1+0.0005*float64(i%40))))
	}
	allocs := int64(0)
	mask := "causal"
	if rows > 0 {
		mask = fmt.Sprintf("window:%d:0", rows-1)
	} else {
		rows = n
	}
	p := result.Point{
		Kind: result.KindPoint, Series: variant, Provider: "attnbench", Variant: variant, ISA: "generic", Workers: 2, Phase: result.PhaseDecode, Cache: "warm",
		Problem: result.Problem{
			Batch: 1, QHeads: 32, KVHeads: 8, QLen: 1, KVLen: n, HeadDim: 128, ValueDim: 128, Mask: mask, Rule: rule, DType: "f32", KVDType: "f32",
		},
		Input: "gaussian", Seed: 1, Status: result.StatusOK,
		Agreement: &result.Agreement{MaxAbs: 2.1e-7, Budget: 1e-6, Worst: 0.21, Rows: 16, Of: 32, Profile: "peaky"},
		SamplesNS: samples, MedianNS: samples[20], P99NS: samples[39], Allocs: &allocs,
		TokensPerSecond: math.Round(1e9 / float64(samples[20])), StateBytes: state, ReadBytes: 8192 * int64(rows), WorkspaceBytes: 4096, PredictedBytes: state + 4096 + 24576,
		Repro: fmt.Sprintf("go run ./cmd/sweep decode --variants %s --contexts %d --phase decode", variant, n),
	}
	if rule != "softmax" {
		p.ReadBytes = state
	}
	if state >= 64<<20 {
		p.BandwidthGBS = 20
		p.BandwidthFraction = math.Round(float64(p.ReadBytes)/float64(p.MedianNS)/20*1000) / 1000
	}
	return p
}

// whole is the prefill of n tokens.
func whole(p result.Point, perToken float64) result.Point {
	n := p.Problem.KVLen
	ns := int64(perToken * float64(n))
	p.Phase, p.Problem.QLen, p.Chunk = result.PhasePrefill, n, min(n, 512)
	p.SamplesNS, p.MedianNS, p.P99NS = []int64{ns, ns + ns/50}, ns+ns/100, 0
	p.ReadBytes, p.BandwidthGBS, p.BandwidthFraction = 0, 0, 0
	p.TokensPerSecond = math.Round(float64(n) * 1e9 / float64(p.MedianNS))
	p.Repro = strings.Replace(p.Repro, "--phase decode", "--phase prefill", 1)
	return p
}

// stripped takes what a point measured away.
func stripped(p result.Point, status result.Status, message string) result.Point {
	p.Status, p.Message = status, message
	p.SamplesNS, p.MedianNS, p.P99NS, p.Agreement, p.Allocs = nil, 0, 0, nil, nil
	p.TokensPerSecond, p.BandwidthGBS, p.BandwidthFraction = 0, 0, 0
	return p
}

// decodedSweep has two caches, of which one is skipped where it is largest, a ring buffer,
// a state that goes on to longer contexts, and a variant that keeps none. One step
// disagrees.
func decodedSweep() result.Sweep {
	s := result.Sweep{Run: exampleRun(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: 78, Seconds: 240}}
	s.Run.Command = "sweep decode"
	doubling(1024, 512<<10, func(n int) {
		cache := 8192 * int64(n)
		if n <= 128<<10 {
			naive, flash := step("naive", "softmax", n, 20e3, 1400, 0, cache), step("flash", "softmax", n, 12e3, 480, 0, cache)
			if n == 128<<10 {
				naive = stripped(naive, result.StatusSkipped, "predicted 2.6 GiB of memory, 1.0 GiB of it state: more than the 2.0 GiB that a point may hold here")
			}
			prefill := whole(flash, 30e3+12*float64(n))
			if n > 8192 {
				prefill = stripped(prefill, result.StatusSkipped, "predicted 1m40s for a check and 2 samples: more than one point's share, 15s of the budget of 5m0s")
			}
			none := step("mine", "softmax", n, 1, 1, 0, 0)
			none.ReadBytes, none.WorkspaceBytes, none.PredictedBytes = 0, 0, 0
			s.Points = append(s.Points, naive, flash, prefill, stripped(none, result.StatusUnsupported, "mine: keeps no state of a sequence: unsupported operation"))
		}
		ring, linear := step("sparse", "softmax", n, 160e3, 0, 256, 8192*257), step("linear", "linear:elu1", n, 900e3, 0, 0, 8*129*512)
		if n == 4096 {
			bad := *ring.Agreement
			bad.MaxAbs, bad.Worst = 1e-3, 1000
			ring = stripped(ring, result.StatusDisagree, "on peaky numbers, 4096 tokens: batch 0 head 3 row 0 out[7] is 1: want 0 within 1e-06")
			ring.Agreement = &bad
		}
		gated := step("linear gated:head", "gated:head", n, 1100e3, 0, 0, 8*128*512)
		if gated.Variant = "linear"; n > 8192 {
			a := *gated.Agreement
			a.Context = 8192
			gated.Agreement = &a
		}
		s.Points = append(s.Points, ring, linear, whole(linear, 25e3), gated)
	})
	return s
}

// mixedSweep has points of whole Forwards beside those of States.
func mixedSweep() result.Sweep {
	s := fullSweep()
	s.Points = append(s.Points, only(decodedSweep(), func(p result.Point) bool { return p.Series == "flash" || p.Series == "linear" }).Points...)
	return s
}

// Of a single context nobody can say that a state grows.
func TestOneContextTellsNoGrowth(t *testing.T) {
	s := only(decodedSweep(), func(p result.Point) bool { return p.Problem.KVLen == 8192 && isStep(p) })
	text := strings.Join(findingsOf(s), "\n")
	if !strings.Contains(text, "State: 64 MiB at 8K for naive and flash; 2.01 MiB at 8K for sparse;") || strings.Contains(text, "grow") || strings.Contains(text, "flat") {
		t.Error(text)
	}
}

// A section has what its records have and no more.
func TestDecodeStandsBesideForwards(t *testing.T) {
	count := func(s result.Sweep, what string) int {
		text, err := newView(s).page()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), what)
	}
	if full, decoded, mixed := fullSweep(), decodedSweep(), mixedSweep(); count(full, "## Decode") != 0 || count(decoded, "## Points") != 0 ||
		count(mixed, "## Decode") != 1 || count(mixed, "## Points") != 1 {
		t.Error("a section without its points, or none with them")
	} else if count(mixed, "\n| flash | 8K |") != 4 { // in Points, Decode and its prefills, and Drift
		t.Errorf("flash at 8K is in %d tables", count(mixed, "\n| flash | 8K |"))
	}
	for _, finding := range findingsOf(fullSweep()) {
		if got := strings.Join(findingsOf(mixedSweep()), "\n"); !strings.Contains(got, finding) && !strings.Contains(finding, "complete") && !strings.Contains(finding, "worst error") {
			t.Errorf("steps change what is said of Forwards: %q is not in\n%s", finding, got)
		}
	}
}

func TestTheBoundIsTheCacheOverTheBandwidth(t *testing.T) {
	line := bandwidthBound(decodedSweep())
	if len(line.X) != 5 || line.X[0] != 8192 || line.X[4] != 128<<10 {
		t.Fatalf("bound at %v: want the contexts with a bandwidth", line.X)
	}
	for i, n := range line.X {
		if want := 4 * 8 * 256 * n / 20; line.Y[i] != want {
			t.Errorf("%v ns at %v: want %v", line.Y[i], n, want)
		}
	}
}

// A caption claims no shape that only some of its curves have.
func TestACaptionHasTheShapeOfAllPointsOrNone(t *testing.T) {
	s := fullSweep()
	if text := caption(s); !strings.Contains(text, "batch 1, 4 heads, d = 64") {
		t.Error(text)
	}
	p := &s.Points[3].Problem
	p.QHeads, p.KVHeads = 8, 8
	if text := caption(s); strings.Contains(text, "heads") {
		t.Error(text)
	}
}
