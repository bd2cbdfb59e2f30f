package report

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"attnbench/harness/result"
)

var update = flag.Bool("update", false, "write the golden files")

// The records of these tests are made up: a formula, not a measurement.

func run() result.Run {
	return result.Run{
		Kind: result.KindRun, Schema: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: "sweep", Seed: 1, Input: "gaussian",
		Commit: "0123456789abcdef", Modified: true,
		Machine: result.Machine{
			OS: "linux", Arch: "amd64", GoVersion: "go1.26", CPU: "Example CPU | 3000", Features: []string{"AVX2", "FMA3"},
			Cores: 2, L1dBytes: 32 << 10, L2Bytes: 1 << 20, MemoryBytes: 16 << 30,
		},
	}
}

// point is N tokens of a variant whose time is c·N^e nanoseconds.
func point(variant, mask, rule string, n int, c, e float64, workspace int64) result.Point {
	ns := int64(c * math.Pow(float64(n), e))
	flops := int64(1000 * n)
	return result.Point{
		Kind: result.KindPoint, Series: variant, Provider: "attnbench", Variant: variant, ISA: "generic", Workers: 2, Phase: "prefill", Cache: "warm",
		Problem: result.Problem{
			Batch: 1, QHeads: 4, KVHeads: 4, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 64, Mask: mask, Rule: rule, DType: "f32", KVDType: "f32",
		},
		Input: "gaussian", Seed: 1, Status: result.StatusOK,
		Agreement: &result.Agreement{MaxAbs: 1e-7, Budget: 4e-7, Worst: 0.25, Rows: 64, Of: int64(4 * n)},
		Drift:     &result.Drift{RelL2: 0.5, MaxAbs: 1.25, Cosine: 0.875},
		SamplesNS: []int64{ns * 9 / 10, ns, ns * 11 / 10}, MedianNS: ns, FLOPs: flops, ExecutedFLOPs: 2 * flops, GFLOPS: float64(flops) / float64(ns),
		InputBytes: int64(3072 * n), OutputBytes: int64(1024 * n), WorkspaceBytes: workspace, PredictedBytes: int64(4096*n) + workspace,
		Repro: "go run ./cmd/sweep run --variants " + variant + " --seqlen " + Length(n),
	}
}

func full() result.Sweep {
	s := result.Sweep{Run: run(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: 28, Seconds: 80}}
	for n := 128; n <= 8192; n *= 2 {
		s.Points = append(s.Points,
			point("naive", "causal", "softmax", n, 40, 2, 4*int64(n)*int64(n)),
			point("flash", "causal", "softmax", n, 20, 2, 32768),
			point("sparse", "window:255:0", "softmax", n, 9000, 1, 32768),
			point("linear", "causal", "linear:elu1", n, 5000, 1, 76800),
		)
	}
	s.Points[3].Traits = []string{"allocates"}
	return s
}

func troubled() result.Sweep {
	s := full()
	s.Run.Commit, s.Run.Machine = "", result.Machine{OS: "plan9", Arch: "amd64", GoVersion: "go1.26"}
	s.Points = s.Points[:22]
	s.End = &result.End{Kind: result.KindEnd, Status: "interrupted", Points: 28, Seconds: 12}
	for i, status := range map[int]result.Status{
		16: result.StatusSkipped, 20: result.StatusSkipped, 18: result.StatusUnsupported, 5: result.StatusDisagree, 7: result.StatusFailed,
	} {
		p := &s.Points[i]
		p.Status, p.Message = status, "because | it is so"
		p.SamplesNS, p.MedianNS, p.GFLOPS, p.Agreement, p.Drift = nil, 0, 0, nil, nil
	}
	s.Points[5].Agreement = &result.Agreement{MaxAbs: 1, Budget: 1e-6, Worst: 1e6, Rows: 64, Of: 1024}
	return s
}

func TestGolden(t *testing.T) {
	single := result.Sweep{Run: run(), Points: full().Points[:1], End: full().End}
	stopped := result.Sweep{Run: run()}
	for name, s := range map[string]result.Sweep{"full": full(), "troubled": troubled(), "single": single, "stopped": stopped} {
		files, err := Render(s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		path := filepath.Join("testdata", name+".md")
		if *update {
			if err := os.WriteFile(path, files[0].Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(files[0].Data)); diff != "" {
			t.Errorf("%s (-golden +now):\n%s", name, diff)
		}
	}
}

func TestRenderTwiceGivesTheSameBytes(t *testing.T) {
	a, errA := Render(full())
	b, errB := Render(full())
	if errA != nil || errB != nil || len(a) != 5 || len(b) != len(a) {
		t.Fatalf("%d and %d files, %v, %v: want report.md and two plots in two formats", len(a), len(b), errA, errB)
	}
	for i := range a {
		if a[i].Name != b[i].Name || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("%s differs from %s", a[i].Name, b[i].Name)
		}
	}
}

// A Markdown table must have the same number of cells in every row.
func TestTablesAreWhole(t *testing.T) {
	for name, s := range map[string]result.Sweep{"full": full(), "troubled": troubled()} {
		files, err := Render(s)
		if err != nil {
			t.Fatal(err)
		}
		cells := 0
		for _, line := range strings.Split(string(files[0].Data), "\n") {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells != 0 && n != cells {
				t.Errorf("%s: %d cells after rows of %d: %s", name, n, cells, line)
			}
			cells = n
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Length(512), "512"}, {Length(1000), "1000"}, {Length(1024), "1K"}, {Length(1536), "1536"}, {Length(131072), "128K"}, {Length(1 << 20), "1M"},
		{Duration(0), "0.00 ns"}, {Duration(999), "999 ns"}, {Duration(1234), "1.23 µs"}, {Duration(12_345_678), "12.3 ms"}, {Duration(1_999_999_999), "2.00 s"},
		{Bytes(0), "0 B"}, {Bytes(1000), "1000 B"}, {Bytes(1024), "1.00 KiB"}, {Bytes(512 << 20), "512 MiB"}, {Bytes(3 << 29), "1.50 GiB"},
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(1234567), "1,234,567"},
		{timeTick(1e6), "1 ms"}, {timeTick(2e4), "20 µs"}, {timeTick(5e9), "5 s"}, {byteTick(1 << 15), "32 KiB"}, {byteTick(512), "512 B"}, {lengthTick(2048), "2K"},
	} {
		if c.got != c.want {
			t.Errorf("got %q: want %q", c.got, c.want)
		}
	}
}

func TestWriteReplacesFiles(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"long text", "short"} {
		if err := Write(dir, []File{{"report.md", []byte(text)}}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "report.md")); err != nil || string(got) != text {
			t.Errorf("%q, %v: want %q", got, err, text)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d files left", len(list))
	}
	if err := Write(filepath.Join(dir, "none"), []File{{"x", nil}}); err == nil {
		t.Error("wrote into a folder that does not exist")
	}
}
