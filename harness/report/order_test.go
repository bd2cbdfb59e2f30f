package report

import (
	"math"
	"strings"
	"testing"

	"attnbench/harness/result"
)

// The order of two points is the same from both sides.
func TestAnOrderReadsFromBothSides(t *testing.T) {
	x := read(visitedOften(of([]formula{naive, flash}, 512, 1024)))
	a, b := x.Points[0], x.Points[1]
	o, back := x.order(a, b), x.order(b, a)
	if o.Sign != 1 || back.Sign != -1 || math.Abs(o.Ratio*back.Ratio-1) > 1e-9 || math.Abs(o.Lo*back.Hi-1) > 1e-9 || back.Lo > back.Ratio || back.Hi < back.Ratio {
		t.Errorf("%+v and %+v", o, back)
	}
	if none := x.order(a, x.Points[2]); none.Ratio != 0 || none.Sign != 0 {
		t.Errorf("points of two lengths have the order %+v", none)
	}
}

// What is called faster once is called slower nowhere, and alike series have no first place.
func TestAlikeSeriesAreNotOrdered(t *testing.T) {
	twin := flash
	twin.variant = "twin"
	s := visitedOften(of([]formula{flash, twin}, 512, 1024, 2048))
	saysNothingOf(t, s, "fastest with", "is the fastest from", "slowest", "overtakes", "pays", "times as long")
	says(t, s, "From 512 to 2K no series is faster than all others.")
	if text := strings.Join(findingsOf(s), "\n"); !strings.Contains(text, "twin is alike (") {
		t.Error(text)
	}
}

// A report begins with its machine, and says what was left out.
func TestAReportBeginsWithItsMachine(t *testing.T) {
	for want, s := range map[string]result.Sweep{
		"quiet: noise floor 0.5 %.": visitedSweep(),
		"disturbed: the peak moved between 81 and 236 GFLOP/s; repeat on a quiet machine. 53 of 158 visits were disturbed; 46 of them left out, where enough others remain.": disturbedSweep(),
		"noise unknown: each point was measured once, so that no point is called faster or slower.":                                                                          fullSweep(),
	} {
		files, findings, err := Render(s)
		if err != nil {
			t.Fatal(err)
		}
		page := string(files[len(files)-1].Data)
		if findings[0] != want || strings.Split(page, "\n")[2] != "**"+want+"**" || strings.Count(page, want) != 1 {
			t.Errorf("%q\n%.300s", findings[0], page)
		}
	}
}
