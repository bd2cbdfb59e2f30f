package result

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A sweep that is cut anywhere and goes on has every whole line once, then the new ones.
func TestResumeGoesOnBehindTheWholeLines(t *testing.T) {
	lines := sample(2)
	text := strings.Join(lines[:4], "\n") + "\n"
	for cut := 0; cut <= len(text); cut++ {
		if !strings.Contains(text[max(0, cut-2):min(len(text), cut+2)], "\n") && cut%29 > 0 {
			continue // every place is like its neighbours, except at the ends of lines
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text[:cut]), 0o666); err != nil {
			t.Fatal(err)
		}
		j, was, err := Resume(dir, someRun())
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		ended := cut == 0 || strings.HasSuffix(text[:cut], "\n")
		if torn := was.Warning != ""; torn && ended || was.Run.Seed != someRun().Seed {
			t.Errorf("cut at %d: warning %q, run %+v", cut, was.Warning, was.Run)
		}
		v := someVisit()
		v.Key = "new"
		if err := j.AppendVisit(v); err != nil {
			t.Fatal(err)
		}
		j.Close()
		is, err := Read(dir)
		if err != nil || is.Warning != "" || len(is.Visits) != len(was.Visits)+1 || len(is.Points) != len(was.Points) || is.Visits[len(was.Visits)].Key != "new" {
			t.Errorf("cut at %d: %d visits and %d points became %d and %d, %q, %v", cut, len(was.Visits), len(was.Points), len(is.Visits), len(is.Points), is.Warning, err)
		}
	}
}

func TestResumeOfNothingBegins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j, was, err := Resume(dir, someRun())
	if err != nil || len(was.Points) != 0 || was.Run.Seed != 1 {
		t.Fatalf("%+v, %v", was, err)
	}
	if _, _, err := Resume(dir, someRun()); err == nil || !strings.Contains(err.Error(), "another sweep writes it") {
		t.Errorf("two sweeps write one journal: %v", err)
	}
	j.Close()
	j, _, err = Resume(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
}

// What another sweep appends after a resume has begun to look is there, or the resume is refused.
func TestAResumeCutsNothingThatAnotherSweepAppends(t *testing.T) {
	for range 50 {
		dir := t.TempDir()
		j, err := Create(dir, someRun())
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			for i := range 20 {
				v := someVisit()
				v.Number = i
				if err := j.AppendVisit(v); err != nil {
					done <- err
					return
				}
			}
			done <- j.Close()
		}()
		for {
			other, _, err := Resume(dir, someRun())
			if err == nil {
				other.Close()
				break
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if s, err := Read(dir); err != nil || len(s.Visits) != 20 {
			t.Fatalf("%d visits of 20 are left, %v", len(s.Visits), err)
		}
	}
}

func TestResumeRefusesWhatDiffers(t *testing.T) {
	dir := t.TempDir()
	j, err := Create(dir, someRun())
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	before, _ := os.ReadFile(filepath.Join(dir, FileName))
	for want, change := range map[string]func(*Run){
		"seqlen is 128 there and " + strings.Repeat("9", 60) + "… here": func(r *Run) {
			r.Settings = map[string]string{"seqlen": strings.Repeat("9", 1000)}
		},
		"mask is none there and full here": func(r *Run) { r.Settings = map[string]string{"seqlen": "128", "mask": "full"} },
		"the seed is 1 there and 2 here":   func(r *Run) { r.Seed = 2 },
		"the input is gaussian there":      func(r *Run) { r.Input = "peaky" },
		"the binary is another":            func(r *Run) { r.Binary = "4567" },
		"the commit is abc with changes":   func(r *Run) { r.Binary, r.Commit = "", "def" },
		"the CPU is Example CPU there":     func(r *Run) { r.Machine.CPU = "Other" },
		"cores is 2 there and 3 here":      func(r *Run) { r.Machine.Cores = 3 },
		"and 8 more":                       func(r *Run) { *r = Run{} },
	} {
		run := someRun()
		change(&run)
		if _, _, err := Resume(dir, run); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: want %q", err, want)
		}
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileName)); string(after) != string(before) {
		t.Error("a refusal changed the journal")
	}
	for text, want := range map[string]string{
		strings.Join(sample(1), "\n") + "\n": "schema 1, which has no visits",
		"hello\n":                            ":1: not a record",
		"\n\n":                               "has no line of kind",
		sample(2)[0] + "\n\x00\x00":          ":2: not a record: it holds NUL",
	} {
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Resume(dir, someRun()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
		if after, _ := os.ReadFile(filepath.Join(dir, FileName)); string(after) != text {
			t.Error("a refusal changed the journal")
		}
	}
}

func TestResumeFailsWithTheNameOfTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), FileName)
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Dir(folder)} {
		if _, _, err := Resume(dir, someRun()); err == nil || !strings.HasPrefix(err.Error(), dir) {
			t.Errorf("%v: want the name %s", err, dir)
		}
	}
}
