package result

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample is a whole journal of schema 2 and one of schema 1, as lines.
func sample(schema int) []string {
	run, p := someRun(), somePoint()
	run.Schema = schema
	records := []any{run, someVisit(), summed(someVisit().Key, someVisit()), summed("x"), someRecall(), End{Kind: KindEnd, Status: "complete", Points: 2, Seconds: 1}}
	if schema == 1 {
		p.Key, p.Visits, p.VisitMedians = "", 0, nil
		records = []any{run, p, someRecall(), records[5]}
	}
	var lines []string
	for _, r := range records {
		data, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		lines = append(lines, string(data))
	}
	return lines
}

func read(t *testing.T, text string) (Sweep, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Read(path)
	if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), path+":")) {
		t.Errorf("%v: want one line that begins with %s", err, path)
	}
	return s, err
}

// A record that cannot be true is an error that names its line and field.
func TestWhatCannotBeTrueIsRefused(t *testing.T) {
	for _, c := range []struct {
		schema, line  int
		from, to, say string
	}{
		{1, 2, `"worst":0.5`, `"worst":1.5`, "status is ok, and agreement.worst is 1.5"},
		{2, 2, `"worst":0.5`, `"worst":1.5`, "status is ok, and agreement.worst is 1.5"},
		{1, 2, `"median_ns":2`, `"median_ns":5`, "median_ns is 5: the median of samples_ns is 2"},
		{1, 2, `"samples_ns":[3,1,2],`, ``, "median_ns is 2 without samples_ns"},
		{1, 2, `"samples_ns":[1],"median_ns":1`, `"samples_ns":[1],"median_ns":3`, "selection.median_ns is 3"},
		{1, 2, `"p99_ns":3`, `"p99_ns":4`, "p99_ns is 4"},
		{2, 2, `"samples_ns":[3,1,2],"median_ns":2`, `"samples_ns":[3,1,2],"median_ns":4`, "median_ns is 4: the median of samples_ns is 2"},
		{2, 3, `"visit_medians_ns":[2]`, `"visit_medians_ns":[7]`, "the median of visit_medians_ns is 7"},
		{2, 3, `"visit_medians_ns":[2]`, `"visit_medians_ns":[1,2,3]`, "visits is 1, and visit_medians_ns has 3"},
		{2, 3, `"visits":1,"visit_medians_ns":[2]`, `"visits":3,"visit_medians_ns":[1,2,3]`, "its visits have [2]"},
		{2, 3, `"visits":1,"visit_medians_ns":[2],`, ``, "median_ns is 2, and visits is 0"},
		{2, 3, `"p99_ns":3`, `"p99_ns":3,"samples_ns":[2]`, "samples_ns has 1 numbers"},
		{2, 3, `"status":"ok"`, `"status":"unsupported"`, "median_ns is 2, and status is unsupported"},
		{2, 2, `"key":"flash generic w2"`, `"key":"other"`, "no point has its key"},
		{2, 4, `"key":"x"`, `"key":""`, "key is missing"},
		{1, 2, `"q_len":8`, `"q_len":-8`, "problem.q_len is -8"},
		{1, 2, `"q_len":8`, `"q_len":0`, "problem.q_len is 0"},
		{1, 2, `"kv_len":8`, `"kv_len":4294967296`, "problem.kv_len is 4294967296"},
		{1, 2, `"workspace_bytes":3`, `"workspace_bytes":-3`, "workspace_bytes is -3"},
		{2, 2, `"peak_bytes":7`, `"peak_bytes":9000000000000000000`, "peak_bytes is 9000000000000000000"},
		{1, 2, `"samples_ns":[3,1,2]`, `"samples_ns":[3,-1,2]`, "samples_ns is -1"},
		{1, 2, `"gflops":5`, `"gflops":-5`, "gflops is -5"},
		{1, 2, `"gflops":5`, `"gflops":1e999`, "gflops"},
		{1, 2, `"gflops":5`, `"gflops":NaN`, "not a record"},
		{1, 2, `"seed":1`, `"seed":2`, "seed is 2: its run has 1"},
		{1, 3, `"seed":1`, `"seed":2`, "seed is 2: its run has 1"},
		{1, 2, `"status":"ok"`, `"status":"fine"`, `status is "fine"`},
		{2, 2, `"status":"ok"`, `"status":""`, `status is ""`},
		{1, 2, `"phase":"prefill"`, `"phase":"backward"`, `phase is "backward"`},
		{1, 2, `"agreement":{"max_abs":1e-7,"budget":2e-7,"worst":0.5,`, `"a":{`, "without an agreement"},
		{1, 3, `"codewords":4`, `"codewords":-4`, "codewords is -4"},
		{1, 4, `"complete"`, `"over"`, `status is "over"`},
		{1, 1, `"cores":2`, `"cores":-2`, "machine.cores is -2"},
	} {
		lines := sample(c.schema)
		if _, err := read(t, strings.Join(lines, "\n")+"\n"); err != nil {
			t.Fatalf("before the change: %v", err)
		}
		changed := strings.Replace(lines[c.line-1], c.from, c.to, 1)
		if changed == lines[c.line-1] {
			t.Errorf("no %s in %s", c.from, changed)
		}
		lines[c.line-1] = changed
		_, err := read(t, strings.Join(lines, "\n")+"\n")
		if err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v: want %q", c.to, err, c.say)
		} else if where := map[bool]string{true: ":3: ", false: ":" + string(rune('0'+c.line)) + ": "}[strings.Contains(c.say, "its visits have")]; !strings.Contains(err.Error(), where) {
			t.Errorf("%v: want %q", err, where)
		}
	}
}

func TestVisitsAreOfPoints(t *testing.T) {
	lines := sample(2)
	stray := strings.Replace(lines[1], `"key":"flash generic w2"`, `"key":"stray"`, 1)
	for _, c := range []struct {
		lines []string
		say   string
	}{
		{append(lines[:5:5], stray, lines[5]), `:6: not a valid visit: no point has its key, "stray"`},
		{append(lines[:2:2], lines[1:]...), `:3: not a valid visit: number 1 of "flash generic w2" is there already`},
		{append([]string{lines[1]}, lines...), ":1: a visit before the run"},
		{append(sample(1)[:1], lines[1]), ":2: a visit in a record of schema 1"},
	} {
		if _, err := read(t, strings.Join(c.lines, "\n")+"\n"); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v: want %q", err, c.say)
		}
	}
	// A sweep that was killed has visits of points that did not finish.
	if _, err := read(t, strings.Join(append(lines[:5:5], stray), "\n")+"\n"); err != nil {
		t.Error(err)
	}
}

// No bytes make the reader panic, and what it takes it can write and take again. To search
// for more, -fuzz wants -fuzzminimizetime 1x.
func FuzzRead(f *testing.F) {
	for schema := 1; schema <= 2; schema++ {
		f.Add([]byte(strings.Join(sample(schema), "\n") + "\n"))
	}
	f.Add([]byte("{\"kind\":\"run\",\"schema\":2}\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("%q: want one line", err)
			}
			return
		}
		var again []string
		for _, p := range r.sweep.Points {
			if err := p.check(r.sweep.Run); err != nil {
				t.Error(err)
			}
			line, err := json.Marshal(p)
			if err != nil {
				t.Error(err)
			}
			again = append(again, string(line))
		}
		if run, err := json.Marshal(r.sweep.Run); err == nil && len(again) > 0 && r.sweep.Run.Schema == 1 {
			if s, err := parse([]byte(string(run) + "\n" + strings.Join(again, "\n") + "\n")); err != nil || len(s.sweep.Points) != len(r.sweep.Points) {
				t.Errorf("%d points, then %v", len(r.sweep.Points), err)
			}
		}
	})
}

// Anchors have numbers of their own, and no point counts them; what a point counts may leave
// visits out.
func TestAPointCountsSomeOfItsVisits(t *testing.T) {
	visits := []Visit{someVisit(), someVisit(), someVisit(), anchor()}
	for i, ns := range []int64{4, 2, 3, 2} {
		visits[i].Number, visits[i].MedianNS, visits[i].SamplesNS, visits[i].P99NS = i%3, ns, []int64{ns}, ns
	}
	p := summed(visits[0].Key, visits[1:3]...)
	lines := sample(2)[:1]
	for _, record := range []any{visits[0], visits[1], visits[2], visits[3], p} {
		data, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	s, err := read(t, strings.Join(lines, "\n"))
	if err != nil || len(s.Points[0].Visited) != 3 || len(s.Anchors()) != 1 || s.Points[0].Visits != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}
