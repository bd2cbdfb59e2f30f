package result

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJournalIsReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	want := Sweep{Run: someRun(), Visits: []Visit{someVisit()}, Points: []Point{summed(someVisit().Key, someVisit()), summed("x")}, Recalls: []Recall{someRecall()}, End: &End{Kind: KindEnd, Status: "complete", Points: 2, Seconds: 1.5}}
	for _, v := range want.Visits {
		if err := j.AppendVisit(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range want.Points {
		if err := j.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.AppendRecall(want.Recalls[0]); err != nil {
		t.Fatal(err)
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

func TestCreateMakesEveryFolder(t *testing.T) {
	for _, name := range []string{"a", "b/c", "d/", "e/f/"} {
		dir := t.TempDir() + "/" + name
		j, err := Create(dir, someRun())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		j.Close()
		if _, err := Read(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run that cannot be written fails after the folders and the file are made.
func TestAFailedCreateLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	bad := someRun()
	bad.Time = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) // JSON times have four digits
	if _, err := Create(filepath.Join(dir, "a", "b"), bad); err == nil {
		t.Fatal("a year of five digits was written")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	kept := filepath.Join(dir, "kept")
	if err := os.Mkdir(kept, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(kept, bad); err == nil {
		t.Fatal("a year of five digits was written")
	}
	if left, err := os.ReadDir(kept); err != nil || len(left) > 0 {
		t.Errorf("in a folder that was there: %v, %v", left, err)
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(dir, "probe")); err == nil {
		f.Close()
		t.Skip("this user may write into a read-only folder")
	}
	for _, bad := range []string{dir, filepath.Join(dir, "a", "b")} {
		if _, err := Create(bad, someRun()); err == nil || !strings.HasPrefix(err.Error(), bad+": cannot") {
			t.Errorf("%v: want the folder's name", err)
		}
	}
}

func TestConcurrentAppendsAreWholeLines(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				p := summed(fmt.Sprint(w, i))
				p.Workers, p.Message = w*each+i, strings.Repeat("x", 100*w)
				if err := j.Append(p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range s.Points {
		seen[p.Workers] = true
	}
	if len(s.Points) != writers*each || len(seen) != writers*each {
		t.Errorf("%d points, %d different: want %d", len(s.Points), len(seen), writers*each)
	}
}

// What a full disk leaves of a line must not spoil the next one.
func TestAppendAfterALineThatWasCutShort(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.file.WriteAt([]byte(`{"kind":"point","message":"`+strings.Repeat("x", 5000)), j.size); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b"} {
		if err := j.Append(summed(key)); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err != nil {
			t.Errorf("the remains show: %v", err)
		}
	}
	if s, err := Read(dir); err != nil || len(s.Points) != 2 {
		t.Errorf("%d points, %v: want 2", len(s.Points), err)
	}
}
