package result

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func someRun() Run {
	return Run{
		Kind: KindRun, Schema: 2, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: "sweep", Seed: 1, Input: "gaussian", InputDigest: "4567",
		Commit: "abc", Modified: true, Binary: "0123", Settings: map[string]string{"seqlen": "128"},
		Machine: Machine{
			OS: "linux", Arch: "amd64", GoVersion: "go1.26", CPU: "Example CPU", Features: []string{"AVX2"}, Cores: 2,
			L1dBytes: 1, L2Bytes: 2, L3Bytes: 3, MemoryBytes: 4,
			Environment: &Environment{
				CPUs: 4, PhysicalCores: 2, ThreadsPerCore: 2, QuotaCPUs: 1.5, Governor: "performance", Turbo: new(true), Load: new(0.5),
				Hypervisor: "KVM", HugePages: "madvise", ClockStepNS: 30, GOAMD64: "v1", GOGC: "50", MemoryLimitBytes: 1 << 30,
			},
		},
	}
}

// somePoint has every field set; TestKeysStay checks that it has.
func somePoint() Point {
	allocs := int64(0)
	return Point{
		Kind: KindPoint, Key: "flash generic w2", Workload: "forward", Visits: 1, VisitMedians: []int64{2}, QuietVisits: 1, DisturbedVisits: 2, IntervalNS: [2]int64{1, 3}, Isolated: true, PeakBytes: 7, VisitBytes: 8, PredictedNS: 2,
		Series: "flash", Provider: "attnbench", Variant: "flash", ISA: "generic", Workers: 2, Phase: "prefill", Cache: "warm",
		Problem: Problem{
			Batch: 1, QHeads: 4, KVHeads: 2, QLen: 8, KVLen: 8, HeadDim: 4, ValueDim: 4, Mask: "causal", Rule: "softmax",
			DType: "f32", KVDType: "f32", Modifiers: []string{"softcap:30"},
		},
		Input: "gaussian", Seed: 1, Status: StatusOK, Message: "m",
		Agreement: &Agreement{MaxAbs: 1e-7, Budget: 2e-7, Worst: 0.5, Rows: 32, Of: 32, Heads: 4, HeadsAtEnd: 2, Samples: 3, Second: "naive", SecondRows: 16, Profile: "positive", Context: 6},
		Drift:     &Drift{RelL2: 0.1, MaxAbs: 0.2, Cosine: 0.9},
		Selection: &Selection{By: "topk:64:8:32", Pairs: 5, Of: 10, SamplesNS: []int64{1}, MedianNS: 1, Repeats: 2},
		SamplesNS: []int64{3, 1, 2}, MedianNS: 2, Repeats: 4, Allocs: &allocs, FLOPs: 10, ExecutedFLOPs: 20, GFLOPS: 5,
		PeakGFLOPS: 10, BandwidthGBS: 20, PeakFraction: 0.5,
		P99NS: 3, Chunk: 4, TokensPerSecond: 5, StateBytes: 6, ReadBytes: 7, BandwidthFraction: 0.75,
		InputBytes: 1, OutputBytes: 2, WorkspaceBytes: 3, PredictedBytes: 6, Traits: []string{"allocates"}, Repro: "go run ./cmd/sweep run",
	}
}

// summed is a point of schema 2, whose samples are in its visits.
func summed(key string, visits ...Visit) Point {
	p := somePoint()
	p.Key, p.SamplesNS, p.Visits, p.VisitMedians, p.Visited = key, nil, 0, nil, visits
	for _, v := range visits {
		p.Visits++
		p.VisitMedians = append(p.VisitMedians, v.MedianNS)
	}
	if p.Visits == 0 {
		p.Status, p.MedianNS = StatusSkipped, 0
	}
	return p
}

// someVisit has every field set but those of anchor, and is of somePoint.
func someVisit() Visit {
	p := somePoint()
	return Visit{
		Kind: KindVisit, Key: p.Key, Number: 1, Status: StatusOK, Message: "m", Agreement: p.Agreement, OutDigest: "89ab", Drift: p.Drift, Selection: p.Selection,
		SamplesNS: []int64{3, 1, 2}, MedianNS: 2, P99NS: 3, Repeats: 4, Allocs: p.Allocs, CPUNS: 9, FLOPs: 10, ExecutedFLOPs: 20, Round: 2, PeakGFLOPS: 10, PeakLowGFLOPS: 9, PeakBy: PeakByOneWorker, BandwidthGBS: 20, BandwidthPages: PagesHuge,
		InputBytes: 1, OutputBytes: 2, WorkspaceBytes: 3, StateBytes: 4, ReadBytes: 5, PeakBytes: 7, VisitPeakBytes: 8, Seconds: 1.5, CPUs: []int{0, 2}, Isolated: true, Traits: []string{"allocates"},
	}
}

// anchor is a visit that no point counts.
func anchor() Visit {
	v := someVisit()
	v.Anchor, v.Moved = true, true
	return v
}

// someRecall has every field set.
func someRecall() Recall {
	return Recall{
		Kind: KindRecall, Key: "flash recall", ISA: "generic", Workers: 1, Series: "flash", Variant: "flash", Problem: somePoint().Problem, Seed: 1, Status: StatusOK, Message: "m",
		Gain: 2, Codewords: 4, Selection: "topk:64:8:32", StateBytes: 8,
		ByPairs: []RecallCount{{Pairs: 1, Queries: 3, Exact: 2}}, ByDistance: []RecallCount{{Pairs: 1, Distance: 2, Queries: 4, Exact: 3}},
	}
}

// The names of the keys are a promise to every reader of results.jsonl.
func TestKeysStay(t *testing.T) {
	var keys []string
	var collect func(prefix string, x any)
	collect = func(prefix string, x any) {
		if list, ok := x.([]any); ok && len(list) > 0 {
			x = list[0]
		}
		if m, ok := x.(map[string]any); ok {
			for k, v := range m {
				keys = append(keys, prefix+k)
				collect(prefix+k+".", v)
			}
		}
	}
	for _, x := range []any{someRun(), someRun().Machine, *someRun().Machine.Environment, anchor(), somePoint(), somePoint().Problem, *somePoint().Agreement, *somePoint().Drift, *somePoint().Selection, someRecall(), someRecall().ByDistance[0]} {
		for i, v := 0, reflect.ValueOf(x); i < v.NumField(); i++ {
			if v.Field(i).IsZero() && v.Type().Field(i).Tag.Get("json") != "-" {
				t.Errorf("%T.%s is not set, so that its key is not compared", x, v.Type().Field(i).Name)
			}
		}
	}
	for _, record := range []any{someRun(), anchor(), somePoint(), someRecall(), End{Kind: KindEnd, Status: "complete", Points: 1, Seconds: 1}} {
		data, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		collect(m["kind"].(string)+".", m)
	}
	slices.Sort(keys)
	golden, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(string(golden)), keys); diff != "" {
		t.Errorf("keys changed (-golden +now):\n%s", diff)
	}
}

func TestAbsentStaysAbsent(t *testing.T) {
	data, err := json.Marshal(Point{Kind: KindPoint, Status: StatusSkipped})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"median_ns", "gflops", "samples_ns", "agreement", "drift", "selection", "allocs", "isa", "flops", "peak_gflops", "bandwidth_gbs", "peak_fraction", "p99_ns", "chunk", "tokens_per_second", "state_bytes", "read_bytes", "bandwidth_fraction"} {
		if strings.Contains(string(data), `"`+key+`"`) {
			t.Errorf("an unmeasured point has %s: %s", key, data)
		}
	}
}
