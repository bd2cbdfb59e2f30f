package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/cli"
	"attnbench/harness/result"
	"attnbench/variants"
)

// strangers are variants of another program that its command knows, and so do its children.
func strangers() []attn.Variant {
	return []attn.Variant{
		calling{variants.All()[1], "mine", func(int) {}},
		calling{variants.All()[1], "crashing", func(n int) {
			if n == 32 {
				go panic("a kernel of a stranger")
				select {}
			}
		}},
		calling{variants.All()[1], "leaving", func(n int) {
			if n == 32 {
				os.Exit(7)
			}
		}},
		calling{variants.All()[1], "stopping", func(n int) {
			if n == 32 {
				self, _ := os.FindProcess(os.Getpid())
				self.Signal(syscall.SIGTERM)
				time.Sleep(time.Minute)
			}
		}},
		calling{variants.All()[1], "hanging", func(n int) {
			if n == 32 {
				<-make(chan int)
			}
		}},
	}
}

// calling is a variant under another name that calls first with the number of queries.
type calling struct {
	attn.Variant
	name  string
	first func(queries int)
}

func (v calling) Name() string { return v.name }

func (v calling) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := v.Variant.Plan(p, o)
	return callingPlan{plan, v, p.QLen}, err
}

type callingPlan struct {
	attn.Plan
	v       calling
	queries int
}

func (x callingPlan) Forward(a attn.Args, ws []float32) {
	x.v.first(x.queries)
	x.Plan.Forward(a, ws)
}

// isolated runs the command of the strangers, whose visits are processes.
func isolated(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), args, &out, &errs, ours()...)
	return status, out.String(), errs.String()
}

// Its own binary is the child: it has the variants that the parent has.
func TestAProgramOfAStrangerMakesVisits(t *testing.T) {
	atHome(t, "")
	status, _, stderr := isolated(t, "run", "--variants", "mine,flash", "--seqlen", "16,64", "--out", "r", "--visits", "2", "--recall=false")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 4 || len(s.Visits)-len(s.Anchors()) != 8 || len(s.Anchors()) != 4 {
		t.Fatalf("%d points, %d visits, %v", len(s.Points), len(s.Visits), err)
	}
	for _, p := range s.Points {
		if p.Status != result.StatusOK || p.Visits != 2 || !p.Isolated || !strings.HasPrefix(p.Repro, "cli.test run --variants "+p.Variant+" ") {
			t.Errorf("%s: %s %s, %d visits, isolated %v, repeated by %s", p.Key, p.Status, p.Message, p.Visits, p.Isolated, p.Repro)
		}
	}
}

// What ends the process of a visit leaves the sweep and the other points alone.
func TestACrashOfAKernelCostsItsPoint(t *testing.T) {
	atHome(t, "")
	status, _, stderr := isolated(t, "run", "--variants", "crashing,leaving", "--seqlen", "16,32", "--out", "r", "--visits", "3", "--recall=false")
	if status != 1 || !strings.Contains(stderr, "2 of 4 points disagreed or failed") {
		t.Errorf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 4 {
		t.Fatalf("%d points, %v", len(s.Points), err)
	}
	for _, p := range s.Points {
		want, words := result.StatusOK, ""
		if p.Problem.QLen == 32 {
			want, words = result.StatusFailed, map[string]string{"crashing": "panic: a kernel of a stranger", "leaving": "exit status 7"}[p.Variant]
		}
		if p.Status != want || !strings.Contains(p.Message, words) {
			t.Errorf("%s: %s %q: want %s and %q", p.Key, p.Status, p.Message, want, words)
		}
	}
}

// Whoever ends a child ends it with the first signal, and the record says so.
func TestASignalEndsAChild(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no SIGTERM")
	}
	atHome(t, "")
	isolated(t, "run", "--variants", "stopping", "--point-timeout", "10s", "--seqlen", "32", "--out", "r", "--visits", "1", "--recall=false")
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 1 || s.Points[0].Status != result.StatusFailed || !strings.HasSuffix(s.Points[0].Message, "ended by SIGTERM") {
		t.Errorf("%+v, %v", s.Points, err)
	}
}

// What can be neither stopped nor waited for ends the sweep, with a report of what there is.
func TestAHangInOneProcessEndsTheSweepWithItsReport(t *testing.T) {
	atHome(t, "")
	status, _, stderr := isolated(t, "run", "--isolate=false", "--point-timeout", "1s", "--variants", "hanging", "--seqlen", "16,32,48", "--out", "r", "--visits", "2", "--recall=false")
	if status != 1 || !strings.Contains(stderr, "in one process nothing can stop it: 2 of 3 points are kept in r; --out r --resume goes on\n") {
		t.Errorf("status %d: %s", status, stderr)
	}
	ended(t, "interrupted", 2, "2 of 3 points are here")
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 2 || s.Points[0].Status != result.StatusOK || s.Points[1].Status != result.StatusFailed || !strings.HasPrefix(s.Points[1].Message, "hung for ") {
		t.Errorf("%+v, %v", s.Points, err)
	}
}

// A visit that nobody asked for is an error, of somebody who tries the hidden command.
func TestAVisitWithoutARequestIsAnError(t *testing.T) {
	for stdin, want := range map[string]string{
		"":                "the other end is gone",
		"garbage\nmore\n": `"garbage" is no line of a visit`,
		"{}\n":            "a visit of 0 points with 0 numbers",
	} {
		cmd := exec.Command(os.Args[0], "visit")
		cmd.Stdin = strings.NewReader(stdin)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		cmd.Run()
		if text := errs.String(); cmd.ProcessState.ExitCode() != 1 || text != "sweep: no request for a visit on standard input: "+want+"\n" {
			t.Errorf("%q: %v, %s", stdin, cmd.ProcessState, text)
		}
	}
}

// A program that does not hand its arguments on would start itself for ever.
func TestAChildStartsNoSweep(t *testing.T) {
	atHome(t, "")
	own := os.Args
	defer func() { os.Args = own }()
	os.Args = []string{"program", "visit"}
	if status, _, stderr := isolated(t, "run", "--seqlen", "16", "--out", "r"); status != 2 || !strings.Contains(stderr, "--isolate=false") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// An interrupted sweep goes on where it was, with the points that are missing alone.
func TestResumeGoesOn(t *testing.T) {
	atHome(t, "")
	args := []string{"run", "--variants", "mine", "--seqlen", "16,32", "--out", "r", "--visits", "2", "--recall=false"}
	if status, _, stderr := isolated(t, args...); status != 0 {
		t.Fatal(stderr)
	}
	data, err := os.ReadFile("r/results.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for keep := 0; keep < len(lines)-1; keep += 2 {
		torn := append(bytes.Join(lines[:keep], nil), lines[keep][:len(lines[keep])/2]...)
		if err := os.WriteFile("r/results.jsonl", torn, 0o666); err != nil {
			t.Fatal(err)
		}
		if status, _, stderr := isolated(t, append(args, "--resume")...); status != 0 {
			t.Fatalf("after %d lines: status %d: %s", keep, status, stderr)
		}
		s, err := result.Read("r")
		if err != nil || len(s.Points) != 2 || len(s.Visits)-len(s.Anchors()) != 4 || s.End == nil || s.End.Status != "complete" {
			t.Errorf("after %d lines: %d points, %d visits, %v", keep, len(s.Points), len(s.Visits), err)
		}
	}
	if status, _, stderr := isolated(t, append(args, "--resume", "--heads", "2")...); status != 2 || !strings.Contains(stderr, "heads is 4 there and 2 here") {
		t.Errorf("another sweep: status %d: %s", status, stderr)
	}
}

// Without vector instructions the default lengths would take the time of the whole sweep.
func TestADefaultRunOnTheGenericSetIsShorterAndSaysSo(t *testing.T) {
	atHome(t, "")
	_, stdout, stderr := sweep(t, "run", "--variants", "linear", "--isa", "generic", "--budget", "1s", "--out", "r", "--recall=false")
	if !strings.HasPrefix(stdout, "no vector kernels here: lengths 128:2048 in place of 128:8192\n5 points, ") {
		t.Errorf("%s%s", stdout, stderr)
	}
	if _, stdout, _ := sweep(t, "run", "--variants", "linear", "--isa", "generic", "--seqlen", "16", "--out", "s", "--recall=false"); strings.Contains(stdout, "in place of") {
		t.Errorf("lengths that were asked for are changed: %s", stdout)
	}
}

// --isolate=false is marked in every record, and has no peak of memory.
func TestVisitsInThisProcessAreMarked(t *testing.T) {
	atHome(t, "")
	if status, _, stderr := sweep(t, "run", "--variants", "flash", "--seqlen", "16", "--out", "r", "--recall=false"); status != 0 {
		t.Fatal(stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Visits) != 1 {
		t.Fatalf("%d visits, %v", len(s.Visits), err)
	}
	if v, p := s.Visits[0], s.Points[0]; v.Isolated || v.PeakBytes != 0 || v.VisitPeakBytes != 0 || p.Isolated || p.PeakBytes != 0 || s.Run.Settings["isolate"] != "false" {
		t.Errorf("%+v, %+v", v, p)
	}
}
