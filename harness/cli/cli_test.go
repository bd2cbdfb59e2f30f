package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/cli"
	"attnbench/harness/result"
	"attnbench/variants"
)

// sweep runs the command in a folder of its own, as main does.
func sweep(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), args, &out, &errs, variants.All()...)
	return status, out.String(), errs.String()
}

// atHome makes a temporary folder the working folder and returns the absolute
// path of a test file of the tensorfile package.
func atHome(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "tensorfile", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	return path
}

func entries(t *testing.T) []string {
	t.Helper()
	list, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// Bad input is one line that names the flag or file and says what it takes,
// status 2, and nothing written.
func TestBadInput(t *testing.T) {
	file := atHome(t, "grouped.npz")
	square := filepath.Join(filepath.Dir(file), "f4.npy")
	if err := os.WriteFile("note.txt", []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want []string
	}{
		{"--seqlen 0", []string{"--seqlen 0", "want lengths like"}},
		{"--seqlen 8192:128", []string{"--seqlen 8192:128", "want lengths like"}},
		{"--seqlen abc", []string{"--seqlen abc", "want lengths like"}},
		{"--seqlen=-5", []string{"--seqlen -5", "want lengths like"}},
		{"--seqlen 128:", []string{"--seqlen 128:"}},
		{"--seqlen 99999999999999999999", []string{"--seqlen"}},
		{"--seqlen 4096m", []string{"outside 1 to"}},
		{"--variants flsh", []string{"--variants flsh", `"flsh"`, "naive,flash,sparse,linear"}},
		{"--variants ,", []string{"--variants"}},
		{"--isa avx9", []string{"--isa avx9", "generic"}},
		{"--mask window:3", []string{"--mask window:3", "window:LEFT:RIGHT"}},
		{"--mask causal,nothing", []string{"--mask", `"nothing"`}},
		{"--headdim 0", []string{"--headdim 0", "1 to 65536"}},
		{"--headdim 65537", []string{"--headdim 65537", "1 to 65536"}},
		{"--headdim x", []string{"headdim", "x"}},
		{"--heads 4 --kvheads 3", []string{"--kvheads 3", "divisor of --heads 4"}},
		{"--heads 0", []string{"--heads 0"}},
		{"--kvheads 0", []string{"--kvheads 0"}},
		{"--batch 0", []string{"--batch 0"}},
		{"--batch 2000000000 --heads 2000000000", []string{"too large together"}},
		{"--workers 0", []string{"--workers 0", "from 1 to"}},
		{"--workers 1,two", []string{"--workers 1,two"}},
		{"--seed -1", []string{"seed"}},
		{"--budget 1ms", []string{"--budget", "want 1s to 24h"}},
		{"--no-such-flag", []string{"no-such-flag"}},
		{"stray", []string{"stray"}},
		{"run stray", []string{"stray"}},
		{"report", []string{"arg"}},
		{"report nowhere", []string{"report nowhere", "cannot read"}},
		{"report .", []string{"results.jsonl"}},
		{"--input nothing.npy", []string{"--input nothing.npy"}},
		{"--input cauchy", []string{`--input "cauchy"`, "gaussian", ".safetensors"}},
		{"--input note.txt", []string{"--input note.txt", ".safetensors"}},
		{"--input " + file + " --headdim 64", []string{"--headdim", "leave it out"}},
		{"--input " + file + " --heads 4", []string{"--heads", "leave it out"}},
		{"--input " + file + " --seqlen 2", []string{"--seqlen 2", "equal lengths"}},
		{"--input " + square + " --seqlen 8", []string{"--seqlen 8", "prefixes of 1 to 7"}},
		{"--out note.txt", []string{"--out note.txt", "not a folder"}},
		{"--out note.txt/below", []string{"--out note.txt/below"}},
		{"check --seqlen 0", []string{"--seqlen 0"}},
		{"check --quick", []string{"quick"}},
	} {
		status, stdout, stderr := sweep(t, strings.Fields(c.args)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sweep: ") {
			t.Errorf("%s: status %d, stdout %q, stderr %q: want status 2 and one line", c.args, status, stdout, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(filepath.ToSlash(stderr), filepath.ToSlash(want)) {
				t.Errorf("%s: %q does not say %q", c.args, stderr, want)
			}
		}
	}
	if names := entries(t); len(names) != 1 {
		t.Errorf("bad input left %v", names)
	}
}

func TestRunWritesAReportThatRendersToTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	status, stdout, stderr := sweep(t, "run", "--variants", "all", "--seqlen", "16:64", "--heads", "2", "--out", "r", "--quick")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if last := lines[len(lines)-1]; last != "report: r/report.md" {
		t.Errorf("the last line is %q", last)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 3*len(variants.All()) || s.End == nil || s.End.Status != "complete" {
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
		if p.Status != result.StatusOK || len(p.SamplesNS) < 10 {
			t.Errorf("%s at %d: %s %s, %d samples", p.Series, p.Problem.QLen, p.Status, p.Message, len(p.SamplesNS))
		}
		held := p.PeakFraction > 0 && p.PeakFraction <= 1.03 && p.PeakGFLOPS > 0
		if none := p.PeakFraction == 0 && p.PeakGFLOPS == 0; p.Variant == "naive-gonum" && !none || p.Variant != "naive-gonum" && !held {
			t.Errorf("%s at %d: %v of a peak of %v GFLOP/s: want both where it has a kernel set, else neither", p.Series, p.Problem.QLen, p.PeakFraction, p.PeakGFLOPS)
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
	if status, _, stderr := sweep(t, "run", "--seqlen", "24", "--heads", "4", "--kvheads", "2", "--headdim", "8", "--batch", "2", "--out", "a", "--seed", "5", "--recall=false"); status != 0 {
		t.Fatal(stderr)
	}
	first, err := result.Read("a")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range first.Points {
		dir := string(rune('b' + i))
		args := strings.Fields(strings.TrimPrefix(p.Repro, "go run ./cmd/sweep "))
		if status, _, stderr := sweep(t, append(args, "--out", dir, "--recall=false")...); status != 0 {
			t.Fatal(stderr)
		}
		again, err := result.Read(dir)
		if err != nil || len(again.Points) != 1 {
			t.Fatalf("%v: %d points", err, len(again.Points))
		}
		q := again.Points[0]
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
		if p.Status != want || !strings.HasSuffix(p.Series, p.Problem.Mask) {
			t.Errorf("%s under %s: %s", p.Series, p.Problem.Mask, p.Status)
		}
	}
	if len(s.Points) != 8 {
		t.Errorf("%d points", len(s.Points))
	}
}

func TestFilesThatNumPyWrote(t *testing.T) {
	npy := atHome(t, "f2.npy")
	if status, _, stderr := sweep(t, "run", "--input", npy, "--seqlen", "3,7", "--out", "a", "--recall=false"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	grouped := filepath.Join(filepath.Dir(npy), "bf16.safetensors")
	if status, _, stderr := sweep(t, "run", "--input", grouped, "--out", "b", "--recall=false"); status != 0 {
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
				t.Errorf("%s at %d: %s %s, input %s", p.Series, p.Problem.QLen, p.Status, p.Message, p.Input)
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

func TestCheckTimesNothingAndWritesNothing(t *testing.T) {
	atHome(t, "")
	status, stdout, stderr := sweep(t, "check", "--variants", "all", "--seqlen", "1,33,100", "--input", "peaky")
	if status != 0 || !strings.Contains(stdout, "24 points checked, none disagrees") || strings.Contains(stdout, "GFLOP") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	if names := entries(t); len(names) != 0 {
		t.Errorf("check left %v", names)
	}
}

func TestList(t *testing.T) {
	status, stdout, _ := sweep(t, "list")
	for _, want := range []string{"naive", "flash", "sparse", "linear", "naive-gonum", "sparse-topk", "generic", "causal", "window", "cores:", "kernel sets"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("list does not say %q", want)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}
}

// wrong computes something else; slow never ends by itself.
type wrong struct{ attn.Variant }

func (wrong) Name() string { return "wrong" }

func (v wrong) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := v.Variant.Plan(p, o)
	return wrongPlan{plan}, err
}

type wrongPlan struct{ attn.Plan }

func (x wrongPlan) Forward(a attn.Args, ws []float32) {
	x.Plan.Forward(a, ws)
	for i := range a.Out.Data {
		a.Out.Data[i] *= 1.001
	}
}

func TestAVariantOfOnesOwnThatDisagreesIsStatus1(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector and runs what others run")
	}
	atHome(t, "")
	var out, errs bytes.Buffer
	mine := append(variants.All(), wrong{variants.All()[1]})
	status := cli.Run(context.Background(), []string{"run", "--seqlen", "32", "--out", "r", "--quick"}, &out, &errs, mine...)
	if status != 1 || !strings.Contains(errs.String(), "1 of 5 points disagreed or failed") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	s, err := result.Read("r")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Points {
		if (p.Variant == "wrong") != (p.Status == result.StatusDisagree) || p.Variant == "wrong" && p.MedianNS != 0 {
			t.Errorf("%s: %s, median %d", p.Variant, p.Status, p.MedianNS)
		}
	}
}

type slow struct {
	attn.Variant
	begun chan struct{}
}

func (slow) Name() string { return "slow" }

func (v slow) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := v.Variant.Plan(p, o)
	return slowPlan{plan, v.begun, p.QLen == 64}, err
}

type slowPlan struct {
	attn.Plan
	begun chan struct{}
	hangs bool
}

func (x slowPlan) Forward(a attn.Args, ws []float32) {
	if x.hangs {
		x.begun <- struct{}{}
		time.Sleep(time.Hour)
	}
	x.Plan.Forward(a, ws)
}

// An interrupt does not wait for the Forward under way, keeps what finished,
// renders it, and ends with 130.
func TestInterruptKeepsFinishedPoints(t *testing.T) {
	atHome(t, "")
	v := slow{variants.All()[1], make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-v.begun
		cancel()
	}()
	var out, errs bytes.Buffer
	status := cli.Run(ctx, []string{"run", "--seqlen", "16,32,64", "--out", "r"}, &out, &errs, v)
	if status != 130 || !strings.Contains(errs.String(), "2 of 3 points are kept in r") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 2 || s.End == nil || s.End.Status != "interrupted" {
		t.Errorf("%d points, end %+v, %v", len(s.Points), s.End, err)
	}
	page, err := os.ReadFile("r/report.md")
	if err != nil || !bytes.Contains(page, []byte("2 of 3 points are here")) {
		t.Errorf("the report of an interrupted sweep: %v", err)
	}
}
