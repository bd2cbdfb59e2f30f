package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that a path enters and leaves again need not be there: the report is where the
// records are.
func TestAPathThatLeavesAFolderAgainIsOne(t *testing.T) {
	atHome(t, "")
	if status, _, stderr := sweep(t, "run", "--variants", "flash", "--seqlen", "16", "--quick", "--recall=false", "--out", "a/../r"); status != 0 {
		t.Errorf("status %d, %q", status, stderr)
	}
	if _, err := os.Stat(filepath.Join("r", "report.md")); err != nil {
		t.Error(err)
	}
}

// Of two files with one name, or of one that was edited, only the content tells.
func TestAResumeWithOtherNumbersIsRefused(t *testing.T) {
	input := atHome(t, "grouped.npz")
	data, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("x.npz", data, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--variants", "flash", "--input", "x.npz", "--quick", "--recall=false", "--out", "r"}
	if status, _, stderr := sweep(t, args...); status != 0 {
		t.Fatal(stderr)
	}
	if status, _, stderr := sweep(t, append(args, "--resume")...); status != 0 {
		t.Errorf("the same file: %q", stderr)
	}
	// One bit of a number.
	at := len(data) / 2
	other := append(append([]byte{}, data[:at]...), data[at]^1)
	if err := os.WriteFile("x.npz", append(other, data[at+1:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := sweep(t, append(args, "--resume")...); status != 2 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("another content: status %d, %q", status, stderr)
	}
}

func TestMessagesQuoteALineOfWhatWasTyped(t *testing.T) {
	atHome(t, "")
	long := strings.Repeat("z", 1500)
	for _, flag := range []string{"--variants", "--mask", "--isa", "--seqlen", "--rule", "--workers", "--input", "--visits", "--mem"} {
		for _, value := range []string{long, "flash," + long, "causal+" + long, long + `"` + long} {
			for _, args := range [][]string{{flag + "=" + value}, {flag, value}} {
				status, _, stderr := sweep(t, append([]string{"run"}, args...)...)
				if n := strings.Count(stderr, "z"); status != 2 || n > 300 || strings.Count(stderr, "\n") != 1 {
					t.Errorf("%s: status %d, %d bytes of it, %q", flag, status, n, stderr)
				}
			}
		}
	}
}
