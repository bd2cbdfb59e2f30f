package export

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"attnbench/harness/result"
)

// What is written is what the library of benchstat reads: the times, units and names of all
// visits that count.
func TestBenchstatReadsIt(t *testing.T) {
	p := result.Point{
		Key: "k", Variant: "flash", ISA: "avx2", Workers: 2, Workload: result.WorkloadForward, Status: result.StatusOK,
		Problem: result.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 1024, KVLen: 1024, HeadDim: 64, ValueDim: 64, Mask: "window:255:0+causal@sinks:4", Rule: "softmax", Modifiers: []string{"softcap 30"}},
	}
	for i := range 5 {
		v := result.Visit{Key: "k", Number: i, Status: result.StatusOK, SamplesNS: []int64{1, 2}, Repeats: 3, MedianNS: int64(2000 + i), FLOPs: 4000, PeakBytes: 77, PeakGFLOPS: 100}
		if i == 4 {
			v.PeakLowGFLOPS = 10
		}
		p.Visited = append(p.Visited, v)
	}
	refused := p
	refused.Status = result.StatusDisagree
	s := result.Sweep{Run: result.Run{Input: "gaussian", Seed: 7, Commit: "c0ffee", Machine: result.Machine{OS: "linux", Arch: "amd64", CPU: "A\nCPU"}}, Points: []result.Point{p, refused}}
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	// No configuration: benchstat would set the runs of two commits apart.
	if !strings.HasPrefix(b.String(), "# disturbed: ") || !strings.Contains(b.String(), "\n# disturbed: 2 of 10 visits\n# commit: c0ffee\n") {
		t.Error(b.String())
	}
	r := benchfmt.NewReader(&b, "run")
	n := 0
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Fatal(rec)
		case *benchfmt.Result:
			seconds, _ := rec.Value("sec/op")
			rate, _ := rec.Value("GFLOP/s")
			peak, _ := rec.Value("peak-B")
			if got := seconds * 1e9; got < 1999.5+float64(n) || got > 2000.5+float64(n) || rate < 1.99 || rate > 2 || peak != 77 || rec.Iters != 6 {
				t.Errorf("%s: %v, %v, %v, %d", rec.Name, seconds, rate, peak, rec.Iters)
			}
			if got := string(rec.Name.Full()); got != "Forward/variant=flash/isa=avx2/mask=window:255:0+causal@sinks:4/rule=softmax/mod=softcap_30/batch=2/heads=4:2/d=64/N=1024-2" {
				t.Error(got)
			}
			if rec.GetConfig("cpu") != "A CPU" || rec.GetConfig("seed") != "7" || len(rec.Config) != 6 {
				t.Errorf("%+v", rec.Config)
			}
			n++
		}
	}
	if r.Err() != nil || n != 4 || r.Units().GetBetter("sec/op") != -1 || r.Units().GetBetter("GFLOP/s") != 1 {
		t.Errorf("%d results, %v", n, r.Err())
	}
}
