package cli_test

import (
	"bytes"
	"flag"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"attnbench/harness/result"
)

var kills = flag.Int("kills", 20, "how often TestNothingIsLostToAKill kills the command")

// maxLife is the longest time before a kill; the sweep of the test takes a few of them.
const maxLife = 700 * time.Millisecond

// kill -9 at random moments: --resume goes on every time, and ends with every point once and
// no visit twice. 500 moments by hand: go test ./harness/cli -run Kill -kills 500
func TestNothingIsLostToAKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no signals: a kill looks like an exit")
	}
	atHome(t, "")
	args := []string{"run", "--variants", "mine", "--seqlen", "16,32,48", "--out", "r", "--visits", "4", "--recall=false", "--resume"}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	runs := 0
	for killed := 0; killed < *kills; runs++ {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), asCommand+"=1")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rng.Int64N(int64(maxLife))), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		switch timer.Stop(); {
		case err == nil: // it came to its end
			complete(t)
			if err := os.RemoveAll("r"); err != nil {
				t.Fatal(err)
			}
		case cmd.ProcessState.ExitCode() >= 0:
			t.Fatalf("seed %d, after %d kills: %v: %s", seed, killed, err, errs.Bytes())
		default:
			killed++
			wholeReport(t)
		}
	}
	if status, _, stderr := isolated(t, args...); status != 0 {
		t.Fatalf("seed %d: status %d: %s", seed, status, stderr)
	}
	complete(t)
	t.Logf("%d kills in %d runs", *kills, runs)
}

// complete fails unless r holds every point once, and no visit twice.
func complete(t *testing.T) {
	t.Helper()
	s, err := result.Read("r")
	if err != nil || s.End == nil || s.End.Status != "complete" || len(s.Points) != 3 {
		t.Fatalf("%d points, %d visits, end %v, %v", len(s.Points), len(s.Visits), s.End, err)
	}
	seen := map[string]bool{}
	for _, p := range s.Points {
		// A busy machine may cost a visit, or the time for the last one, or have each made again.
		if seen[p.Key] || p.Visits == 0 || len(p.Visited) == 0 || len(p.Visited) > 2*4 {
			t.Errorf("%s: %s %s, %d visits", p.Key, p.Status, p.Message, len(p.Visited))
		}
		seen[p.Key] = true
		for i, v := range p.Visited {
			if v.Number != i {
				t.Errorf("%s: visit %d has the number %d", p.Key, i, v.Number)
			}
			if v.Status != result.StatusOK {
				t.Logf("%s: visit %d: %s, %s", p.Key, i, v.Status, v.Message)
			}
		}
	}
	if _, err := os.Stat(filepath.Join("r", "report.md")); err != nil {
		t.Error(err)
	}
	wholeReport(t)
}

// wholeReport fails where there is a report that is not whole: a page without its findings, or
// a plot that it shows and that is no picture.
func wholeReport(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("r", "report.md"))
	if err != nil {
		return
	}
	if !bytes.Contains(page, []byte("## Findings")) {
		t.Errorf("a report of %d bytes has no findings", len(page))
	}
	for _, plot := range regexp.MustCompile(`\]\((\w+\.png)\)`).FindAllSubmatch(page, -1) {
		f, err := os.Open(filepath.Join("r", string(plot[1])))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", plot[1], err)
		}
		f.Close()
	}
}
