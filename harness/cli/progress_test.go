package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// Where there is no bar, a line says how far a sweep is after a while without one, and no more.
func TestWithoutABarALineNowAndThenSaysHowFarItIs(t *testing.T) {
	var out bytes.Buffer
	pt := point.Point{Variant: "x", Workload: result.WorkloadDecode, Problem: result.Problem{QLen: 1, KVLen: 4096}}
	p := newProgress(&out, io.Discard, []point.Point{pt}, plan.DecodeBudget)
	out.Reset()
	step := plan.Step{Point: pt, Visits: 7, Left: 90 * time.Second}
	p.begin(step)
	if out.Len() > 0 {
		t.Errorf("at once: %q", out.String())
	}
	p.said = p.said.Add(-silence)
	p.begin(step)
	p.begin(step)
	if want := "7 visits made, x at 4K, about 1m30s left\n"; !strings.HasSuffix(out.String(), want) || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("%q: want %q", out.String(), want)
	}
}
