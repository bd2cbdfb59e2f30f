package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/harness/cli"
	"attnbench/harness/result"
	"attnbench/variants"
)

// small is a sweep of under a second.
var small = []string{"run", "--variants", "flash", "--seqlen", "16,32", "--out", "r", "--quick", "--recall=false"}

// whole fails unless r holds a complete journal and its report.
func whole(t *testing.T) {
	t.Helper()
	ended(t, "complete", 2, "## Findings")
}

// ended fails unless r holds a journal of so many points that ended so, and a report with
// these words.
func ended(t *testing.T, how string, points int, words string) {
	t.Helper()
	s, err := result.Read("r")
	if err != nil || len(s.Points) != points || s.End == nil || s.End.Status != how {
		t.Errorf("the journal holds %d points, end %v, %v", len(s.Points), s.End, err)
	}
	if page, err := os.ReadFile(filepath.Join("r", "report.md")); err != nil || !bytes.Contains(page, []byte(words)) {
		t.Errorf("the report: %v", err)
	}
}

// A disk behind standard output that is full costs the output, neither journal nor report.
func TestOutputThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	atHome(t, "")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{small, {"report", "r"}, {"list"}, {"--help"}, {"check", "--variants", "flash", "--seqlen", "16"}} {
		var errs bytes.Buffer
		status := cli.Run(context.Background(), args, full, &errs, variants.All()...)
		if status != 1 || errs.String() != "sweep: standard output: cannot write: no space left on device\n" {
			t.Errorf("%v: status %d, %q: want 1 and one line", args, status, errs.String())
		}
	}
	whole(t)
}

const asCommand = "CLI_TEST_IS_SWEEP"

// TestMain makes the binary of the tests the command itself where asCommand is set, and where
// it is started for a visit.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" || len(os.Args) == 2 && os.Args[1] == "visit" {
		os.Exit(cli.Main(os.Args[1:], ours()...))
	}
	os.Exit(m.Run())
}

// ours are the variants of the command of the tests.
func ours() []attn.Variant { return append(variants.All(), strangers()...) }

// sweep | head: the reader is gone after the first line.
func TestAPipeThatClosesLosesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no SIGPIPE")
	}
	atHome(t, "")
	cmd := exec.Command(os.Args[0], small...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(pipe).ReadString('\n'); err != nil || !strings.Contains(line, "2 points") {
		t.Errorf("%q, %v", line, err)
	}
	pipe.Close()
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || errs.String() != "sweep: standard output: cannot write: broken pipe\n" {
		t.Errorf("%v, %q: want status 1 and one line", err, errs.String())
	}
	whole(t)
}

// Ctrl-C in sweep | tee reaches both: the sweep has nobody left to print to, and yet
// records and reports.
func TestAnInterruptWithoutAReaderStillReports(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no SIGINT of one process")
	}
	atHome(t, "")
	cmd := exec.Command(os.Args[0], "run", "--variants", "flash", "--seqlen", "16,16384", "--budget", "10m", "--out", "r", "--recall=false")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(pipe); lines.Scan() && !strings.HasPrefix(lines.Text(), "flash"); {
	}
	pipe.Close()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("%v: want status 130", err)
	}
	ended(t, "interrupted", 1, "1 of 2 points are here")
}

// A message names the flag and says what it takes, however long the value.
func TestAMessageQuotesALineAtMost(t *testing.T) {
	atHome(t, "")
	long := strings.Repeat("9,x", 100_000)
	for flag, wants := range map[string]string{
		"--seqlen": "want lengths like", "--variants": "want all, or some of", "--isa": "want some of", "--mask": "", "--rule": "", "--workers": "separated by commas",
		"--heads": "", "--budget": "", "--input": "want", "--seed": "",
	} {
		status, _, stderr := sweep(t, "run", flag, long)
		if status != 2 || len(stderr) > 1000 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, strings.TrimLeft(flag, "-")) || !strings.Contains(stderr, wants) {
			t.Errorf("%s: status %d, %d bytes: %.300q: want the flag and %q", flag, status, len(stderr), stderr, wants)
		}
	}
	for _, args := range [][]string{{long}, {"--" + long}, {"report", long}, {"run", "--out", long + "/\x00"}} {
		if status, _, stderr := sweep(t, args...); status != 2 || len(stderr) > 1000 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %d bytes: %.300q", status, len(stderr), stderr)
		}
	}
}

func TestReportWantsAFolder(t *testing.T) {
	atHome(t, "")
	if err := os.WriteFile("results.jsonl", []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	paths := []string{"results.jsonl"}
	for _, device := range []string{"/dev/zero", "/dev/stdin", "/dev/null"} {
		if _, err := os.Stat(device); err == nil {
			paths = append(paths, device)
		}
	}
	for _, path := range paths {
		status, _, stderr := sweep(t, "report", path)
		if status != 2 || !strings.HasPrefix(stderr, "sweep: report "+path+": not a folder: want the folder that holds results.jsonl") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %q", status, stderr)
		}
	}
}

func TestNothingTimedIsStatus1(t *testing.T) {
	atHome(t, "")
	for _, c := range []struct{ args, want string }{
		{"run --variants linear --mask window:7:0 --seqlen 16 --out a --quick --recall=false", "sweep: nothing was timed: 1 point unsupported or skipped\n"},
		{"check --variants linear --mask window:7:0 --seqlen 16", "sweep: nothing was checked: 1 point unsupported or skipped\n"},
	} {
		if status, _, stderr := sweep(t, strings.Fields(c.args)...); status != 1 || stderr != c.want {
			t.Errorf("%s: status %d, %q", c.args, status, stderr)
		}
	}
}

// crashing panics outside of what the harness guards.
type crashing struct{ attn.Variant }

func (crashing) Name() string {
	var none map[string]int
	none["x\ny"]++
	return ""
}

func TestACrashIsOneLineAndStatus3(t *testing.T) {
	atHome(t, "")
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), []string{"run", "--variants", "flash"}, &out, &errs, crashing{variants.All()[0]})
	if text := errs.String(); status != 3 || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "sweep: crashed, which is a fault of this command: assignment to entry in nil map (in cli_test.crashing.Name, output_test.go:") {
		t.Errorf("status %d: %s", status, text)
	}
}
