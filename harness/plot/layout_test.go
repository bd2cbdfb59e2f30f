package plot

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/plot/vg"
)

func TestSpreadMovesNamesAsLittleAsItCan(t *testing.T) {
	const d = lineSpace
	for _, c := range []struct {
		name   string
		in     []vg.Length
		lo, hi vg.Length
		want   []vg.Length
	}{
		{"apart already", []vg.Length{0, 50, 100}, 0, 300, []vg.Length{0, 50, 100}},
		{"two on each other", []vg.Length{50, 50, 200}, 0, 300, []vg.Length{50 - d/2, 50 + d/2, 200}},
		{"not below the lower end", []vg.Length{0, 0, 200}, 0, 300, []vg.Length{0, d, 200}},
		{"not above the upper end", []vg.Length{100, 300, 300}, 0, 300, []vg.Length{100, 300 - d, 300}},
		{"none", nil, 0, 300, nil},
	} {
		got := append([]vg.Length(nil), c.in...)
		spread(got, c.lo, c.hi)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestWrapKeepsEveryWordAndTheWidth(t *testing.T) {
	st := style(9, grey)
	text := strings.Repeat("Example CPU  ·  linux/amd64  ·  ", 8)
	lines := wrap(st, text, 300)
	if got, want := strings.Fields(strings.Join(lines, " ")), strings.Fields(text); !cmp.Equal(got, want) {
		t.Errorf("words %q: want %q", got, want)
	}
	for _, line := range lines {
		if st.Width(line) > 300 {
			t.Errorf("%q is %v wide", line, st.Width(line))
		}
	}
}

func TestShortenKeepsTheBeginning(t *testing.T) {
	long := strings.Repeat("window:255:0 ", 10)
	got := shorten(long)
	if !strings.HasSuffix(got, "…") || !strings.HasPrefix(long, strings.TrimSuffix(got, "…")) || style(nameSize, grey).Width(got) > maxNameWidth {
		t.Errorf("%q", got)
	}
	if got := shorten("flash"); got != "flash" {
		t.Errorf("%q", got)
	}
}

func TestANameBesideACurveTouchesNoInk(t *testing.T) {
	area := vg.Rectangle{Max: vg.Point{X: 400, Y: 300}}
	line := []vg.Point{{X: 0, Y: 0}, {X: 200, Y: 150}}
	c := curve{name: "naive", at: line, lo: line, hi: line}
	box, ok := beside(c, area, along(c.at[0], c.at[1], inkStep))
	if !ok || !inside(box, area) || distance(box.Min, c.end()) > 60 {
		t.Errorf("%v, %v: want a box near the end", box, ok)
	}
	if box, ok := beside(c, area, fill(area)); ok {
		t.Errorf("%v where all is ink", box)
	}
}

// Curves that end in one place have names below each other, and none has a line to a
// name elsewhere, which would cross the others.
func TestNamesOfCurvesThatEndTogetherStack(t *testing.T) {
	area := vg.Rectangle{Max: vg.Point{X: 400, Y: 156}}
	line := []vg.Point{{X: 0, Y: 0}, {X: 200, Y: 150}}
	c := curve{name: "naive", at: line, lo: line, hi: line}
	ink := along(c.at[0], c.at[1], inkStep)
	first, ok := beside(c, area, ink)
	if !ok {
		t.Fatal("no room for one name")
	}
	second, ok := beside(c, area, append(ink, fill(first)...))
	if !ok || second.Max.Y > first.Min.Y-3 && second.Min.Y < first.Max.Y+3 && second.Min.X < first.Max.X {
		t.Errorf("names at %v and %v, %v", first, second, ok)
	}
}

// The fan lies at the angles of its power laws, and where no ink is.
func TestSlopesKeepOffTheCurves(t *testing.T) {
	area := vg.Rectangle{Max: vg.Point{X: 400, Y: 300}}
	fan := rays([]int{1, 2}, vg.Point{X: 100, Y: 50}, 100)
	if fan[0].end != (vg.Point{X: 100, Y: 50}) || fan[1].end != (vg.Point{X: 100, Y: 100}) {
		t.Errorf("ends %v and %v", fan[0].end, fan[1].end)
	}
	ink := along(vg.Point{}, vg.Point{X: 400, Y: 300}, inkStep)
	at, ok := roomiest(area, fan, ink)
	if !ok {
		t.Fatal("no room in half of the area")
	}
	nearest := vg.Length(math.Inf(1))
	for _, r := range fan {
		for _, p := range along(at, at.Add(r.end), inkStep) {
			for _, q := range ink {
				nearest = min(nearest, distance(p, q))
			}
		}
	}
	if nearest < 6 {
		t.Errorf("a slope is %v from the curve", nearest)
	}
	if at, ok := roomiest(area, fan, fill(area)); ok {
		t.Errorf("room at %v where all is ink", at)
	}
}

func TestCurvesThatHideEachOtherAreDashed(t *testing.T) {
	c := example()
	c.Series = append(c.Series, c.Series[0], Series{Name: "faint", Faint: true})
	if l := c.look(0); l.dashes != nil {
		t.Errorf("the first curve has dashes %v", l.dashes)
	}
	c.Series = append(c.Series, Series{Name: "bound", Faint: true, Bound: true})
	if faint, bound := c.look(3), c.look(4); bound.dashes[0] <= 2*faint.dashes[0] || bound.color != faint.color {
		t.Errorf("a bound is drawn as %v, like a reference, %v", bound, faint)
	}
	if l := c.look(2); l.dashes == nil || l.radius >= c.look(0).radius || l.color == c.look(0).color {
		t.Errorf("a curve on another is drawn as %v", l)
	}
}

func TestTheNearestInkIsThatOfALookAtAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	area := vg.Rectangle{Min: vg.Point{X: 30, Y: 20}, Max: vg.Point{X: 430, Y: 320}}
	for range 20 {
		var ink []vg.Point
		for range rng.IntN(60) {
			ink = append(ink, vg.Point{X: vg.Length(500*rng.Float64() - 20), Y: vg.Length(400*rng.Float64() - 20)})
		}
		room := newField(area, ink)
		for range 100 {
			column, row := rng.IntN(room.columns), rng.IntN(room.rows)
			p := area.Min.Add(vg.Point{X: vg.Length(column) * step, Y: vg.Length(row) * step})
			want := min(p.X-area.Min.X, area.Max.X-p.X, p.Y-area.Min.Y, area.Max.Y-p.Y)
			for _, q := range thinned(ink) {
				want = min(want, distance(p, q))
			}
			if got := room.distances[row*room.columns+column]; got != want {
				t.Fatalf("%v from %v: want %v", got, p, want)
			}
		}
	}
}
