package compare

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// run is a sweep of points flash at the lengths, each with 8 visits around so many ns, and of
// steady anchors.
func run(times map[int]int64, lengths ...int) result.Sweep {
	s := result.Sweep{Run: result.Run{Kind: result.KindRun, Schema: 2}}
	for _, n := range lengths {
		p := result.Point{
			Key: fmt.Sprint("flash ", n), Variant: "flash", ISA: "avx2", Workers: 2, Workload: result.WorkloadForward, Status: result.StatusOK,
			Problem: result.Problem{QLen: n, KVLen: n},
		}
		for i := range int64(8) {
			p.Visited = append(p.Visited, result.Visit{Key: p.Key, Number: int(i), Round: int(i), Status: result.StatusOK, MedianNS: times[n] + times[n]*i/1000, PeakGFLOPS: 100})
		}
		s.Points = append(s.Points, p)
	}
	for i := range int64(24) {
		s.Visits = append(s.Visits, result.Visit{Key: s.Points[0].Key, Anchor: true, Status: result.StatusOK, MedianNS: 1e6 + i%5*1000, PeakGFLOPS: 100})
	}
	return s
}

func TestTheTableSaysWhatBecameOfEachPoint(t *testing.T) {
	c, err := Of(run(map[int]int64{128: 2e5, 256: 4e5, 512: 9e5, 64: 1}, 64, 128, 256, 512), run(map[int]int64{128: 1e5, 256: 4e5, 512: 1e6, 1024: 1}, 128, 256, 512, 1024))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	const want = `old run  quiet: noise floor 0.2 %
new run  quiet: noise floor 0.2 %

  series    N     old      new  new/old   95 % interval  verdict
  flash   128  201 µs   100 µs    0.500  0.499 to 0.501   faster
  flash   256  401 µs   401 µs    1.000  0.997 to 1.003     same
  flash   512  903 µs  1.00 ms    1.111  1.108 to 1.114   slower

3 points: 1 faster, 1 slower, 1 same, 0 unclear.
Only the old run has flash at 64 tokens.
Only the new run has flash at 1024 tokens.
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}

func TestRunsWithoutACommonPointAreRefused(t *testing.T) {
	_, err := Of(run(nil, 64), run(nil, 128))
	if err == nil || !strings.Contains(err.Error(), `different keys: "64" in the old one, "128" in the new one`) {
		t.Error(err)
	}
	if _, err := Of(run(nil, 64), result.Sweep{}); err == nil {
		t.Error("a run without points was compared")
	}
}

func TestWhatKeepsFromAVerdictIsSaid(t *testing.T) {
	a := run(map[int]int64{64: 1e5, 128: 1e5}, 64, 128)
	for i := range a.Points {
		a.Points[i].Visited = a.Points[i].Visited[:5]
	}
	a.Visits = nil
	c, err := Of(a, a)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c.Write(&b)
	for _, words := range []string{"2 unclear", "2 have too few quiet visits: with 6 in each run", "noise unknown", "Not both runs"} {
		if !strings.Contains(b.String(), words) {
			t.Errorf("%q is missing in\n%s", words, b.String())
		}
	}
}

// Many series with long labels still make lines that a terminal shows whole.
func TestTheTableFitsInto100Columns(t *testing.T) {
	var c Comparison
	for i := range 400 {
		r := Row{Label: fmt.Sprintf("sparse window:4095:0+causal@sinks:%d 8/2 heads in chunks of 512", i/2), N: 131072 >> (i % 2)}
		r.Old = verdict.Interval{Median: 123456789012, Visits: 8}
		r.New, r.Ratio, r.Lo, r.Hi, r.Verdict = r.Old, 123.456, 100.123, 200.456, verdict.Unclear
		c.Rows = append(c.Rows, r)
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "sinks:7 8/2"); n != 1 {
		t.Errorf("a label stands %d times above its two lengths", n)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > 101 {
			t.Errorf("%d columns: %s", len(line)-1, line)
		}
	}
}

// A point that the new run refuses has no time, though visits before had one.
func TestAPointThatDisagreesHasNoTime(t *testing.T) {
	old, new := run(map[int]int64{64: 1e5}, 64), run(map[int]int64{64: 5e4}, 64)
	new.Points[0].Status = result.StatusDisagree
	c, err := Of(old, new)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c.Write(&b)
	if c.Count(verdict.Unclear) != 1 || !strings.Contains(b.String(), "100 µs  disagree") || !strings.Contains(b.String(), "1 of the unclear have no time") || strings.Contains(b.String(), "too few") {
		t.Error(b.String())
	}
}
