package cli_test

import (
	"os"
	"strings"
	"testing"
)

// Two runs of one sweep can be compared; what cannot is a line that says why.
func TestCompare(t *testing.T) {
	atHome(t, "")
	for _, dir := range []string{"a", "b"} {
		if status, _, stderr := sweep(t, "run", "--variants", "flash", "--seqlen", "16,32", "--visits", "2", "--quick", "--recall=false", "--out", dir); status != 0 {
			t.Fatal(stderr)
		}
	}
	if status, _, stderr := sweep(t, "run", "--variants", "flash", "--seqlen", "64", "--visits", "1", "--quick", "--recall=false", "--out", "other"); status != 0 {
		t.Fatal(stderr)
	}
	if err := os.WriteFile("old.jsonl", []byte(`{"kind":"run","schema":1,"time":"2026-01-02T03:04:05Z","machine":{"os":"linux","arch":"amd64","go_version":"go1.26"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		words  string
	}{
		{"a b", 0, "2 points: "},
		{"a/results.jsonl b", 0, "flash"},
		{"--fail-on slower a b", 0, "2 unclear"},
		{"--fail-on slower,unclear a b", 1, "compare: 2 of 2 points: unclear"},
		{"--fail-on worse a b", 2, `--fail-on: "worse"`},
		{"a other", 2, "no point is in both runs"},
		{"a missing", 2, "missing"},
		{"a", 2, "accepts 2 arg(s)"},
		{"a old.jsonl", 2, "is of schema 1, which has no visits"},
	} {
		status, stdout, stderr := sweep(t, append([]string{"compare"}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(stdout+stderr, c.words) || status == 2 && strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q: want %d, %q", c.args, status, stdout, stderr, c.status, c.words)
		}
	}
	if status, stdout, stderr := sweep(t, "export", "a"); status != 0 || strings.Count(stdout, "\nBenchmarkForward/variant=flash/") != 4 || stderr != "" {
		t.Errorf("export: status %d, %q, %q", status, stdout, stderr)
	}
	if status, stdout, stderr := sweep(t, "export", "--out", "a.txt", "a"); status != 0 || stdout != "" || stderr != "" {
		t.Errorf("export --out: status %d, %q, %q", status, stdout, stderr)
	}
	if text, err := os.ReadFile("a.txt"); err != nil || strings.Count(string(text), "\nBenchmarkForward/") != 4 {
		t.Errorf("%v, %q", err, text)
	}
	if status, _, stderr := sweep(t, "export", "--out", "b", "a"); status != 2 || stderr != "sweep: --out b: not a file\n" {
		t.Errorf("export over a folder: status %d, %q", status, stderr)
	}
	if err := os.WriteFile("bare.jsonl", []byte(`{"kind":"run","schema":2,"time":"2026-01-02T03:04:05Z","machine":{"os":"linux","arch":"amd64","go_version":"go1.26"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := sweep(t, "export", "bare.jsonl"); status != 2 || !strings.Contains(stderr, "no point has a time") {
		t.Errorf("export of no visits: status %d, %q", status, stderr)
	}
	for _, path := range []string{"missing", "old.jsonl"} {
		if status, stdout, stderr := sweep(t, "export", path); status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("export %s: status %d, %q, %q", path, status, stdout, stderr)
		}
	}
}
