package result

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func someRun() Run {
	return Run{
		Kind: KindRun, Schema: Schema, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: "sweep", Seed: 1, Input: "gaussian",
		Commit: "abc", Modified: true,
		Machine: Machine{
			OS: "linux", Arch: "amd64", GoVersion: "go1.26", CPU: "Example CPU", Features: []string{"AVX2"}, Cores: 2,
			L1dBytes: 1, L2Bytes: 2, L3Bytes: 3, MemoryBytes: 4,
		},
	}
}

// somePoint has every field set.
func somePoint() Point {
	allocs := int64(0)
	return Point{
		Kind: KindPoint, Series: "flash", Provider: "attnbench", Variant: "flash", ISA: "generic", Workers: 2, Phase: "prefill", Cache: "warm",
		Problem: Problem{
			Batch: 1, QHeads: 4, KVHeads: 2, QLen: 8, KVLen: 8, HeadDim: 4, ValueDim: 4, Mask: "causal", Rule: "softmax",
			DType: "f32", KVDType: "f32", Modifiers: []string{"softcap:30"},
		},
		Input: "gaussian", Seed: 1, Status: StatusOK, Message: "m",
		Agreement: &Agreement{MaxAbs: 1e-7, Budget: 2e-7, Worst: 0.5, Rows: 32, Of: 32},
		Drift:     &Drift{RelL2: 0.1, MaxAbs: 0.2, Cosine: 0.9},
		SamplesNS: []int64{3, 1, 2}, MedianNS: 2, Repeats: 4, Allocs: &allocs, FLOPs: 10, ExecutedFLOPs: 20, GFLOPS: 5,
		InputBytes: 1, OutputBytes: 2, WorkspaceBytes: 3, PredictedBytes: 6, Traits: []string{"allocates"}, Repro: "go run ./cmd/sweep run",
	}
}

func TestJournalIsReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	want := Sweep{Run: someRun(), Points: []Point{somePoint(), {Kind: KindPoint, Series: "x", Status: StatusSkipped}}, End: &End{Kind: KindEnd, Status: "complete", Points: 2, Seconds: 1.5}}
	for _, p := range want.Points {
		if err := j.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.End(*want.End); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// The names of the keys are a promise to every reader of results.jsonl.
func TestKeysStay(t *testing.T) {
	var keys []string
	var collect func(prefix string, x any)
	collect = func(prefix string, x any) {
		if m, ok := x.(map[string]any); ok {
			for k, v := range m {
				keys = append(keys, prefix+k)
				collect(prefix+k+".", v)
			}
		}
	}
	for _, record := range []any{someRun(), somePoint(), End{Kind: KindEnd, Status: "complete", Points: 1, Seconds: 1}} {
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
	for _, key := range []string{"median_ns", "gflops", "samples_ns", "agreement", "drift", "allocs", "isa", "flops"} {
		if strings.Contains(string(data), `"`+key+`"`) {
			t.Errorf("an unmeasured point has %s: %s", key, data)
		}
	}
}

func TestNonFiniteNumbersAreRefused(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	p := somePoint()
	p.GFLOPS = math.NaN()
	if err := j.Append(p); err == nil {
		t.Error("NaN was written")
	}
	if s, err := Read(dir); err != nil || len(s.Points) != 0 {
		t.Errorf("after a refused point: %d points, %v", len(s.Points), err)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	before, _ := os.ReadFile(filepath.Join(dir, FileName))
	if _, err := Create(dir, someRun()); err == nil || !strings.Contains(err.Error(), "holds a results.jsonl already") {
		t.Errorf("a second journal in one folder: %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileName)); string(after) != string(before) {
		t.Error("the refused journal changed the first")
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "below")} {
		if _, err := Create(bad, someRun()); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("a folder that is a file: %v", err)
		}
	}
}

func TestReadPassesOverWhatItDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	lines := `{"kind":"run","schema":1,"seed":7,"colour":"red"}

{"kind":"weather","rain":true}
{"kind":"point","series":"a","status":"ok","smell":3}
{"kind":"point","series":"b","st`
	if err := os.WriteFile(path, []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Read(path)
	if err != nil || s.Run.Seed != 7 || len(s.Points) != 1 || s.Points[0].Series != "a" || s.End != nil {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                                    "no line of kind",
		`{"kind":"point","series":"a"}`:       "no line of kind",
		"hello\n":                             ":1: not a record",
		`{"kind":"run","schema":1}` + "\n{\n": ":2: not a record",
		`{"kind":"run","schema":99}` + "\n":   "schema 99 is newer",
		`{"kind":"run","schema":1}` + "\n" + `{"kind":"point","workers":"two"}` + "\n": ":2: not a point",
	} {
		path := filepath.Join(dir, "x.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: %v: want %q", text, err, want)
		}
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), FileName) {
		t.Errorf("a folder without results: %v", err)
	}
}
