package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// written is a report whose files all hold one letter.
func written(letter string) []File {
	var files []File
	for _, name := range []string{"time.svg", "time.png", "report.md"} {
		files = append(files, File{name, bytes.Repeat([]byte(letter), 200_000)})
	}
	return files
}

func namesIn(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// letters are what the files of a report hold; each must be whole.
func letters(t *testing.T, dir string) string {
	t.Helper()
	var text string
	for _, f := range written("") {
		data, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || len(data) != 200_000 || bytes.Count(data, data[:1]) != len(data) {
			t.Fatalf("%s has %d bytes, not all alike, %v", f.Name, len(data), err)
		}
		text += string(data[:1])
	}
	return text
}

func TestWriteReplacesFiles(t *testing.T) {
	dir := t.TempDir()
	for _, letter := range []string{"a", "b"} {
		if err := Write(dir, written(letter)); err != nil {
			t.Fatal(err)
		}
		if got := letters(t, dir); got != strings.Repeat(letter, 3) {
			t.Errorf("%s after %s", got, letter)
		}
	}
	if names := namesIn(t, dir); names != "report.md time.png time.svg" {
		t.Errorf("the folder holds %s", names)
	}
	none := filepath.Join(dir, "none")
	if err := Write(none, written("a")); err == nil || strings.Count(err.Error(), none) != 1 {
		t.Errorf("%v: want the name of the folder once", err)
	}
}

// The last file cannot be written, as on a disk that is full by then.
func TestAnOldReportSurvivesAFileThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, written("a")); err != nil {
		t.Fatal(err)
	}
	stone := filepath.Join(File{Name: "report.md"}.temporary(dir), "stone")
	if err := os.MkdirAll(stone, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, written("b")); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "report.md")+": cannot write") {
		t.Errorf("%v: want the file that cannot be written", err)
	}
	os.RemoveAll(filepath.Dir(stone))
	if got, names := letters(t, dir), namesIn(t, dir); got != "aaa" || names != "report.md time.png time.svg" {
		t.Errorf("the folder holds %s with %s", names, got)
	}
}

const rewriting = "REPORT_TEST_REWRITES"

// A child rewrites a report until it is killed: every file is whole, and the next report
// leaves no temporary file.
func TestAnOldReportSurvivesAKill(t *testing.T) {
	if dir := os.Getenv(rewriting); dir != "" {
		for {
			for _, letter := range []string{"a", "b"} {
				if err := Write(dir, written(letter)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	dir, torn := t.TempDir(), 0
	for i := range 10 {
		if err := Write(dir, written("c")); err != nil {
			t.Fatal(err)
		}
		page := filepath.Join(dir, "report.md")
		before, err := os.Stat(page)
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestAnOldReportSurvivesAKill$")
		child.Env = append(os.Environ(), rewriting+"="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(time.Millisecond) {
			if now, err := os.Stat(page); err == nil && !os.SameFile(now, before) {
				break // the child is at work
			}
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
		letters(t, dir)
		if names := namesIn(t, dir); strings.Contains(names, ".tmp") {
			torn++
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list { // some time goes by
		then := time.Now().Add(-2 * stale)
		if err := os.Chtimes(filepath.Join(dir, e.Name()), then, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(dir, written("d")); err != nil {
		t.Fatal(err)
	}
	if got, names := letters(t, dir), namesIn(t, dir); got != "ddd" || names != "report.md time.png time.svg" {
		t.Errorf("the folder holds %s with %s", names, got)
	}
	t.Logf("%d of 10 kills left a temporary file, which the next report removed", torn)
}

// Another process that renders the same folder at the same time is left alone.
func TestTwoProcessesMayWriteOneReport(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, temporaryPrefix+"1-report.md"+temporarySuffix)
	if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, written("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("the file of the other process: %v", err)
	}
}
