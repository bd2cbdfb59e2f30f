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

// sweep runs the command in a folder of its own, as main does, with all visits in this
// process, which takes less time.
func sweep(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	args = inside(args)
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
	square, nan := filepath.Join(filepath.Dir(file), "f4.npy"), filepath.Join(filepath.Dir(file), "nan.npy")
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
		{"--workers 1,two", []string{"--workers 1,two", "1:all"}},
		{"--workers 4:2", []string{"--workers 4:2", "ends at 2"}},
		{"--workers 1:", []string{"--workers 1:", "1:all"}},
		{"--workers every", []string{"--workers every", "1:all"}},
		{"--pin --workers 4096", []string{"--pin"}},
		{"check --pin", []string{"pin"}},
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
		{"--input " + nan, []string{"--input " + nan + ": k holds NaN at element 2"}},
		{"--out note.txt", []string{"--out note.txt", "not a folder"}},
		{"--out note.txt/below", []string{"--out note.txt/below"}},
		{"check --seqlen 0", []string{"--seqlen 0"}},
		{"check --quick", []string{"quick"}},
		{"--visits 0", []string{"--visits 0", "from 1 to"}},
		{"--mem lots", []string{"--mem", "64GiB"}},
		{"--mem 12", []string{"--mem", "1MiB"}},
		{"--point-timeout 1ms", []string{"--point-timeout 1ms", "want 1s to 24h"}},
		{"--resume", []string{"--resume", "--out"}},
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
	status := cli.Run(context.Background(), []string{"run", "--seqlen", "32", "--out", "r", "--quick", "--isolate=false", "--visits=1"}, &out, &errs, mine...)
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
	status := cli.Run(ctx, []string{"run", "--seqlen", "16,32,64", "--out", "r", "--isolate=false", "--visits=1"}, &out, &errs, v)
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
