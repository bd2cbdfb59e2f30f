package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"attnbench/harness/result"
)

// journal writes a sweep as a run does.
func journal(t testing.TB, dir string, s result.Sweep) {
	t.Helper()
	j, err := result.Create(dir, s.Run)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range s.Visits {
		must(j.AppendVisit(v))
	}
	for _, p := range s.Points {
		must(j.Append(p))
	}
	for _, r := range s.Recalls {
		must(j.AppendRecall(r))
	}
	if s.End != nil {
		must(j.End(*s.End))
	}
}

// What a journal gives back is what was written, valid, and renders to the same page.
func TestAJournalRendersToTheSamePage(t *testing.T) {
	for name, s := range examples() {
		dir := filepath.Join(t.TempDir(), name)
		journal(t, dir, s)
		again, err := result.Read(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(s, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s changed (-written +read):\n%.2000s", name, diff)
		}
	}
}

// FuzzReport changes a journal; what its reader takes must render. To search for more, -fuzz
// wants -fuzzminimizetime 1x.
func FuzzReport(f *testing.F) {
	for _, s := range []result.Sweep{visitedSweep(), qualitySweep(), decodedSweep(), selectedSweep()} {
		dir := f.TempDir()
		s.Points = s.Points[max(0, len(s.Points)-20):]
		known := map[string]bool{}
		for _, p := range s.Points {
			known[p.Key] = true
		}
		var visits []result.Visit
		for _, v := range s.Visits {
			if known[v.Key] {
				visits = append(visits, v)
			}
		}
		s.Visits = visits
		journal(f, dir, s)
		data, err := os.ReadFile(filepath.Join(dir, result.FileName))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, result.FileName)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := result.Read(dir)
		if err != nil {
			return
		}
		files, _, err := Render(s)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: want one line", err)
			}
			return
		}
		if len(files) == 0 {
			t.Error("no files")
		}
	})
}
