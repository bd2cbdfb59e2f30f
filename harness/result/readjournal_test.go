package result

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// point is a line of a point that measured nothing, with further fields.
func point(fields string) string {
	return `{"kind":"point","phase":"prefill","status":"skipped","problem":{"batch":1,"q_heads":1,"kv_heads":1,"q_len":1,"kv_len":1,"head_dim":1,"value_dim":1},` + fields + "}\n"
}

func TestReadPassesOverWhatItDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	lines := `{"kind":"run","schema":1,"seed":7,"colour":"red"}

{"kind":"weather","rain":true,"schema":"cirrus"}
` + point(`"series":"a","smell":3,"seed":7`) + `{"kind":"point","series":"b","st`
	if err := os.WriteFile(path, []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Read(path)
	if err != nil || s.Run.Seed != 7 || len(s.Points) != 1 || s.Points[0].Series != "a" || s.End != nil || s.Warning != "line 5 is torn and was dropped" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                                    "no line of kind",
		`{"kind":"point","series":"a"}`:       ":1: a point before the run",
		"hello\n":                             ":1: not a record",
		`{"kind":"run","schema":1}` + "\n{\n": ":2: not a record",
		`{"kind":"run","schema":99}` + "\n":   "schema 99 is newer",
		`{"kind":"run","schema":99,"seed":"new meaning"}` + "\n":                       "schema 99 is newer",
		`{"kind":"run","schema":1}` + "\n{}\x00\x00":                                   ":2: not a record: it holds NUL",
		`{"kind":"run"}` + "\n":                                                        "no schema",
		`{"kind":"run","schema":1,"seed":-1}` + "\n":                                   ":1: not a valid run",
		`{"kind":"run","schema":1}` + "\n" + `{"kind":"run","schema":1}` + "\n":        ":2: a second run",
		`{"kind":"run","schema":1}` + "\n\n" + `{"series":"a"}` + "\n":                 ":3: not a record: it has no kind",
		`{"kind":"run","schema":1}` + "\nnull\n":                                       ":2: not a record",
		`{"kind":"run","schema":1}` + "\n" + `{"kind":"end","points":"two"}` + "\n":    ":2: not a valid end",
		`{"kind":"run","schema":1}` + "\n" + `{"kind":"point","workers":"two"}` + "\n": ":2: not a valid point",
	} {
		path := filepath.Join(dir, "x.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: %v: want %q", text, err, want)
		}
	}
	if _, err := Read(dir); err == nil || err.Error() != dir+": holds no results.jsonl" {
		t.Errorf("a folder without results: %v", err)
	}
	none := filepath.Join(dir, "none")
	if _, err := Read(none); err == nil || !strings.HasPrefix(err.Error(), none+": cannot read") {
		t.Errorf("no file: %v", err)
	}
}

// A run that was resumed writes a point again: the last line counts, where the first stood.
func TestTheLastPointOfAKeyCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	recall := strings.Replace(point(`"key":"r"`), `"point"`, `"recall"`, 1)
	lines := `{"kind":"run","schema":2}
{"kind":"visit","key":"a","number":0,"status":"ok"}
` + point(`"key":"a","workers":1`) + `{"kind":"visit","key":"b","number":0,"status":"ok"}
` + point(`"key":"b","workers":1`) + `{"kind":"visit","key":"a","number":1,"status":"failed"}
{"kind":"visit","key":"c","number":0,"status":"ok"}
` + point(`"key":"a","workers":2`) + recall + strings.Replace(recall, "{", `{"codewords":2,`, 1)
	if err := os.WriteFile(path, []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Read(path)
	if err != nil || len(s.Points) != 2 || s.Points[0].Key != "a" || s.Points[0].Workers != 2 || len(s.Visits) != 4 || len(s.Recalls) != 1 || s.Recalls[0].Codewords != 2 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if a, b := s.Points[0].Visited, s.Points[1].Visited; len(a) != 2 || a[1].Number != 1 || len(b) != 1 {
		t.Errorf("visits %+v and %+v", a, b)
	}
}
