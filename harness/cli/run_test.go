package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attnbench/harness/result"
	"attnbench/variants"
)

func TestRunWritesAReportThatRendersToTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	status, stdout, stderr := sweep(t, "run", "--variants", "all", "--seqlen", "16,64", "--heads", "2", "--out", "r", "--quick")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if last := lines[len(lines)-1]; last != "report: r/report.md" {
		t.Errorf("the last line is %q", last)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 2*len(variants.All()) || s.End == nil || s.End.Status != "complete" {
		t.Fatalf("%d points, end %v, %v", len(s.Points), s.End, err)
	}
	if len(s.Recalls) != len(variants.All()) {
		t.Errorf("%d recalls: want one of each of %d variants", len(s.Recalls), len(variants.All()))
	}
	for _, r := range s.Recalls {
		if r.Status != result.StatusOK || len(r.ByPairs) == 0 || len(r.ByDistance) == 0 || r.StateBytes == 0 {
			t.Errorf("%+v", r)
		}
	}
	for _, p := range s.Points {
		if p.Status != result.StatusOK || p.Visits != 1 || len(p.Visited) != 1 || p.Isolated || p.PeakBytes != 0 {
			t.Errorf("%s: %s %s, %d visits, isolated %v, peak %d", p.Key, p.Status, p.Message, p.Visits, p.Isolated, p.PeakBytes)
		}
		held := p.PeakFraction > 0 && p.PeakFraction <= 1.03 && p.PeakGFLOPS > 0
		if none := p.PeakFraction == 0 && p.PeakGFLOPS == 0; p.Variant == "naive-gonum" && !none || p.Variant != "naive-gonum" && !held {
			t.Errorf("%s: %v of a peak of %v GFLOP/s: want both where it has a kernel set, else neither", p.Key, p.PeakFraction, p.PeakGFLOPS)
		}
	}
	before := map[string][]byte{}
	for _, name := range []string{"report.md", "time.svg", "time.png", "memory.svg", "memory.png", "recall.svg", "recall.png"} {
		before[name], err = os.ReadFile(filepath.Join("r", name))
		if err != nil {
			t.Error(err)
		}
		os.Remove(filepath.Join("r", name))
	}
	if status, _, stderr := sweep(t, "report", "r"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for name, want := range before {
		if got, err := os.ReadFile(filepath.Join("r", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs when rendered again: %v", name, err)
		}
	}
	if status, _, stderr := sweep(t, "run", "--seqlen", "16", "--out", "r"); status != 2 || !strings.Contains(stderr, "holds a results.jsonl already") {
		t.Errorf("a second run into one folder: status %d, %s", status, stderr)
	}
}

// The two steps of block selection have a time each, in the record, on the line and in
// the report.
func TestSelectionIsTimedApart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	status, stdout, stderr := sweep(t, "run", "--variants", "flash,sparse-topk", "--seqlen", "1024", "--heads", "2", "--out", "r", "--quick", "--recall=false")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 2 {
		t.Fatalf("%d points, %v", len(s.Points), err)
	}
	dense, p := s.Points[0], s.Points[1]
	if p.Status != result.StatusOK || p.Selection == nil || p.Selection.MedianNS <= 0 || p.MedianNS <= 0 || p.FLOPs != 256*p.Selection.Pairs || p.Selection.Pairs >= p.Selection.Of {
		t.Fatalf("%s: %s, %d FLOPs, %+v", p.Status, p.Message, p.FLOPs, p.Selection)
	}
	if dense.Selection != nil || dense.FLOPs != 256*p.Selection.Of || p.ExecutedFLOPs < p.FLOPs || p.ExecutedFLOPs >= dense.FLOPs {
		t.Errorf("flash has %d FLOPs and %+v, %d are executed under the selection", dense.FLOPs, dense.Selection, p.ExecutedFLOPs)
	}
	text, err := os.ReadFile(filepath.Join("r", "report.md"))
	if err != nil || !strings.Contains(string(text), "## Selection") || !strings.Contains(string(text), "`topk:64:8:32`") {
		t.Errorf("the report has no selection, %v", err)
	}
	if !strings.Contains(stdout, "selection ") || strings.Count(stdout, " apart\n") != 1 {
		t.Errorf("the lines are %s", stdout)
	}
}

func TestRecallCanBeLeftOut(t *testing.T) {
	atHome(t, "")
	if status, _, stderr := sweep(t, "run", "--variants", "flash", "--seqlen", "16", "--out", "r", "--quick", "--recall=false", "--input", "local"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Recalls) != 0 || len(s.Points) != 1 || s.Run.Input != "local" || s.Points[0].Input != "local" {
		t.Errorf("%d recalls, %d points, input %q, %v", len(s.Recalls), len(s.Points), s.Run.Input, err)
	}
	if text, err := os.ReadFile(filepath.Join("r", "report.md")); err != nil || strings.Contains(string(text), "## Recall") {
		t.Errorf("a section without counts, %v", err)
	}
	if !strings.Contains(s.Points[0].Repro, "--input local --seed 1") {
		t.Errorf("repeated by %s", s.Points[0].Repro)
	}
}

// The command that a record gives for a point must run that very point.
func TestReproRepeatsThePoint(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	if status, _, stderr := sweep(t, "run", "--seqlen", "24", "--heads", "4", "--kvheads", "2", "--headdim", "8", "--batch", "2", "--out", "a", "--seed", "5", "--recall=false", "--quick"); status != 0 {
		t.Fatal(stderr)
	}
	first, err := result.Read("a")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range first.Points {
		dir := string(rune('b' + i))
		args := strings.Fields(p.Repro)[1:]
		if status, _, stderr := sweep(t, append(args, "--out", dir, "--recall=false", "--quick")...); status != 0 {
			t.Fatal(stderr)
		}
		again, err := result.Read(dir)
		if err != nil || len(again.Points) != 1 {
			t.Fatalf("%v: %d points", err, len(again.Points))
		}
		q := again.Points[0]
		p.Agreement.Samples, q.Agreement.Samples = 0, 0 // as many as there is time for
		if q.Repro != p.Repro || q.Problem.Mask != p.Problem.Mask || q.Problem.Rule != p.Problem.Rule || *q.Agreement != *p.Agreement {
			t.Errorf("%s: repeated as %+v, agreement %+v and %+v", p.Repro, q.Problem, *p.Agreement, *q.Agreement)
		}
	}
}

func TestMasksApplyToAllAndTheUnsupportedIsSaid(t *testing.T) {
	atHome(t, "")
	if status, _, stderr := sweep(t, "run", "--seqlen", "32", "--mask", "full,window:7:0", "--out", "r", "--quick", "--recall=false"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Points {
		want := result.StatusOK
		if p.Variant == "linear" && p.Problem.Mask == "window:7:0" {
			want = result.StatusUnsupported
		}
		if p.Status != want || !strings.Contains(p.Key, " "+p.Problem.Mask+" ") {
			t.Errorf("%s: %s", p.Key, p.Status)
		}
	}
	if len(s.Points) != 8 {
		t.Errorf("%d points", len(s.Points))
	}
}

func TestFilesThatNumPyWrote(t *testing.T) {
	npy := atHome(t, "f2.npy")
	if status, _, stderr := sweep(t, "run", "--input", npy, "--seqlen", "3,7", "--out", "a", "--recall=false", "--quick"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	grouped := filepath.Join(filepath.Dir(npy), "bf16.safetensors")
	if status, _, stderr := sweep(t, "run", "--input", grouped, "--out", "b", "--recall=false", "--quick"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for dir, want := range map[string]string{"a": "f2.npy", "b": "bf16.safetensors"} {
		data, err := os.ReadFile(filepath.Join(dir, result.FileName))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(filepath.Dir(npy))) {
			t.Errorf("%s: a record holds a path of this machine", dir)
		}
		s, err := result.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Points {
			if p.Status != result.StatusOK || p.Input != want {
				t.Errorf("%s: %s %s, input %s", p.Key, p.Status, p.Message, p.Input)
			}
		}
	}
	s, _ := result.Read("b")
	if p := s.Points[0].Problem; p.QHeads != 4 || p.KVHeads != 2 || p.QLen != 3 || p.KVLen != 9 || p.ValueDim != 5 {
		t.Errorf("the shape of the file became %+v", p)
	}
}

func TestDefaultFolderMovesOutOfTheWay(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	for range 2 {
		if status, _, stderr := sweep(t, "--seqlen", "16", "--variants", "flash", "--quick"); status != 0 {
			t.Fatal(stderr)
		}
	}
	dirs, err := filepath.Glob("reports/*/report.md")
	if err != nil || len(dirs) != 2 {
		t.Errorf("reports: %v, %v", dirs, err)
	}
}
