package report

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"attnbench/harness/result"
)

// manySweep has many series of many lengths.
func manySweep(series, lengths int) result.Sweep {
	s := result.Sweep{Run: exampleRun(), End: &result.End{Kind: result.KindEnd, Status: "complete", Points: series * lengths, Seconds: 5000}}
	for i := range series {
		f := []formula{naive, flash, sparse, linear}[i%4]
		f.mask = fmt.Sprintf("window:%d:0", i)
		f.c *= 1 + float64(i%97)/50
		f.fixed *= 1 + float64(i%89)/10
		for n := range lengths {
			p := f.point(128 + 16*n*n)
			s.Points = append(s.Points, p)
		}
	}
	return s
}

var scale = flag.Bool("scale", false, "time the report of 10,000 points in 400 series")

func TestAReportOfManySeriesTakesSeconds(t *testing.T) {
	if !*scale {
		t.Skip("takes seconds: -scale")
	}
	dir, s := t.TempDir(), visitedOften(manySweep(400, 25))
	begin := time.Now()
	files, _, err := Render(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("%d points took %v: want under 5s", len(s.Points), took)
	} else {
		t.Logf("%d points took %v", len(s.Points), took)
	}
}

// Findings are for people: of many series they give the first and say how many more.
func TestFindingsOfManySeriesFitAPage(t *testing.T) {
	list := findingsOf(visitedOften(manySweep(60, 5)))
	for _, f := range list {
		if len(f) > 2000 {
			t.Errorf("%d bytes: %.100s", len(f), f)
		}
	}
	if text := strings.Join(list, "\n"); len(list) > 80 || !strings.Contains(text, "more sentences like the last one are left out here.") || !strings.Contains(text, "and 48 Problems more") {
		t.Errorf("%d findings:\n%s", len(list), text)
	}
}
