package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attnbench/harness/result"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-golden +now):\n%s", name, diff)
	}
}

// examples are the sweeps that have golden files.
func examples() map[string]result.Sweep {
	full := fullSweep()
	skipped := troubledSweep()
	skipped.Points = []result.Point{skipped.Points[16], skipped.Points[20]}
	return map[string]result.Sweep{
		"full": full, "troubled": troubledSweep(), "axes": axesSweep(), "skipped": skipped, "measured": measuredSweep(), "quality": qualitySweep(), "selected": selectedSweep(), "decoded": decodedSweep(), "mixed": mixedSweep(), "looked": lookedSweep(), "visited": visitedSweep(), "disturbed": disturbedSweep(),
		"single":  {Run: full.Run, Points: full.Points[:1], End: full.End},
		"stopped": {Run: full.Run},
	}
}

func TestGolden(t *testing.T) {
	for name, s := range examples() {
		v := newView(s)
		text, err := v.page()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden(t, name+".md", string(text))
		var labels []string
		for _, p := range v.Plots {
			svg, err := p.chart.SVG()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			labels = append(labels, "# "+p.Name)
			labels = append(labels, texts(t, svg)...)
		}
		golden(t, name+".labels", strings.Join(append(labels, ""), "\n"))
	}
}

// texts are the labels of an SVG. Coordinates are left out: they may differ
// between architectures.
func texts(t *testing.T, svg []byte) []string {
	t.Helper()
	var list []string
	inside := false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			inside = x.Name.Local == "text"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if s := strings.TrimSpace(string(x)); inside && s != "" {
				list = append(list, s)
			}
		}
	}
}

func TestRenderTwiceGivesTheSameBytes(t *testing.T) {
	a, _, errA := Render(fullSweep())
	b, _, errB := Render(fullSweep())
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	var names []string
	for i := range a {
		names = append(names, a[i].Name)
		if a[i].Name != b[i].Name || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("%s differs from %s", a[i].Name, b[i].Name)
		}
	}
	if want := []string{"time.svg", "time.png", "memory.svg", "memory.png", "report.md"}; !slices.Equal(names, want) {
		t.Errorf("files %v: want %v", names, want)
	}
}

// A Markdown table must have the same number of cells in every row, and a blank
// line before it.
func TestTablesAreWhole(t *testing.T) {
	for name, s := range examples() {
		text, err := newView(s).page()
		if err != nil {
			t.Fatal(err)
		}
		cells, before := 0, ""
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.HasPrefix(line, "|") {
				n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
				switch {
				case cells == 0 && before != "":
					t.Errorf("%s: a table after %q", name, before)
				case cells != 0 && n != cells:
					t.Errorf("%s: %d cells after rows of %d: %s", name, n, cells, line)
				}
				cells = n
			} else {
				cells = 0
			}
			before = line
		}
	}
}

func TestRenderDoesNotChangeTheRecords(t *testing.T) {
	s := troubledSweep()
	if _, err := newView(s).page(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(troubledSweep(), s); diff != "" {
		t.Error(diff)
	}
}
