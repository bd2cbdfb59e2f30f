package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/result"
)

// view is what the template shows: text, so that absent things are empty and
// never zero.
type view struct {
	Title    string
	Opening  string   // the verdict on the machine
	Findings []string // all others
	Plots    []picture
	Machine  []pair
	Points   []row // of whole Forwards
	All      []row // those and the points of States
	Curves   []curve
	Checked  bool // some curve has an agreement
	Profiled bool // some agreement says which numbers its worst error is of
	Shifted  bool // shifted scores were among the numbers of the check
	Looked   bool // some agreement says which heads and samples were looked at
	Drifts   bool // some curve has a drift
	Roofline bool // some point has a fraction of the peak
	Visits   visitsView
	Visited  bool // some point has visits
	Peaked   bool // some point has a measured peak of memory
	Selected []selectionRow
	Recall   recallView
	Decode   decodeView
	Promises []promise
	Command  string
	About    string
}

// What a report is about: Forwards, States, or both.
const (
	aboutForwards = "Time and memory of attention variants over growing sequence lengths"
	aboutDecoding = "Time per token and state of attention variants that generate text, over growing contexts"
	aboutBoth     = aboutForwards + ", and their time per token and state in decoding"
)

type pair struct{ Name, Value string }

type row struct {
	Series, N, Status, Message, Repro string
	Median                            string
	Rate, OfPeak, Executed            string
	Workspace, Memory, Peak           string // of memory, Peak is measured
	Worst                             string
	measured
}

// curve is the agreement and drift of one series over all its lengths.
type curve struct {
	Name, Computes, Verdict     string
	Rows, Worst, On, MaxAbs     string
	Heads, Second               string // looked at; what all rows were compared with
	At, RelL2, Farthest, Cosine string // drift at the longest length that has one
}

// promise is what a variant does not promise, and the maximum of heap objects that one of
// its Forwards allocated.
type promise struct{ Name, Traits, Allocs string }

func newView(s result.Sweep) *view {
	x := read(s)
	s = x.Sweep
	found := x.findings()
	v := &view{
		Title: cmp.Or(s.Run.Machine.CPU, system(s.Run.Machine)), Opening: found[0], Findings: found[1:], About: aboutForwards, Command: s.Run.Command,
		Machine: append(machine(s.Run), peaks(s)...), Plots: x.charts(), Recall: newRecallView(s), Decode: x.decodeView(), Visits: x.visitsView(),
	}
	curves := group(s)
	v.Selected = x.selectionRows(curves)
	for _, c := range curves {
		for _, p := range c.points {
			r := x.row(p)
			v.Visited, v.Peaked = v.Visited || r.Visits != "", v.Peaked || r.Peak != ""
			if v.All = append(v.All, r); isForward(p) {
				v.Points, v.Roofline = append(v.Points, r), v.Roofline || r.OfPeak != ""
			}
		}
		k := newCurve(c)
		v.Curves = append(v.Curves, k)
		v.Checked, v.Drifts = v.Checked || k.Rows != "", v.Drifts || k.At != ""
		v.Profiled, v.Shifted = v.Profiled || k.On != "", v.Shifted || s.Run.Schema > 1 || k.On == "shifted"
		v.Looked = v.Looked || k.Heads != ""
		if p := newPromise(c); p.Traits != "" || p.Allocs != "" {
			v.Promises = append(v.Promises, p)
		}
	}
	switch forwards := len(v.Points); {
	case forwards > 0 && forwards < len(v.All):
		v.About = aboutBoth
	case len(v.All) > 0 && forwards == 0:
		v.About = aboutDecoding
	}
	return v
}

// lengthOf names the N of a point, and what it is where that is no whole Forward.
func lengthOf(p result.Point) string {
	n := Length(tokens(p))
	switch q := p.Problem.QLen; {
	case isStep(p):
		return n + " in decoding"
	case isChunked(p):
		return n + " in prefill"
	case q != tokens(p):
		return Length(q) + " of " + n
	}
	return n
}

func (x *reading) row(p result.Point) row {
	r := row{Series: p.Series, N: lengthOf(p), Status: string(p.Status), Message: p.Message, Repro: p.Repro}
	if p.FLOPs > 0 && p.ExecutedFLOPs > 0 {
		r.Executed = ratio(float64(p.ExecutedFLOPs) / float64(p.FLOPs))
	}
	if p.PredictedBytes > 0 {
		r.Workspace, r.Memory = Bytes(p.WorkspaceBytes), Bytes(p.PredictedBytes)
	}
	r.Peak = peakOf(p)
	if p.Agreement != nil {
		r.Worst = ratio(p.Agreement.Worst)
	}
	if isTimed(p) {
		r.Median, r.Rate = Duration(p.MedianNS), significant(p.GFLOPS)
		if p.PeakFraction > 0 {
			r.OfPeak = percent(p.PeakFraction)
		}
		r.measured = x.timesOf(p)
	}
	return r
}

// peakOf is the measured peak and how many times the prediction it is.
func peakOf(p result.Point) string {
	switch {
	case p.PeakBytes == 0:
		return ""
	case p.PredictedBytes == 0:
		return Bytes(p.PeakBytes)
	}
	return fmt.Sprintf("%s (%.2f)", Bytes(p.PeakBytes), float64(p.PeakBytes)/float64(p.PredictedBytes))
}

func newCurve(c series) curve {
	x := curve{Name: c.name, Computes: c.computes(), Verdict: "not checked"}
	x.Heads, x.Second = looked(c)
	rows, worst, maxAbs := 0, 0.0, 0.0
	for _, p := range c.points {
		if p.Agreement == nil {
			continue
		}
		rows += p.Agreement.Rows
		if p.Agreement.Worst >= worst {
			worst, x.On = p.Agreement.Worst, p.Agreement.Profile
		}
		maxAbs = max(maxAbs, p.Agreement.MaxAbs)
		switch {
		case p.Status == result.StatusDisagree:
			x.Verdict = "**disagrees**"
		case x.Verdict == "not checked":
			x.Verdict = "agrees"
		}
		if d := p.Drift; d != nil {
			x.At, x.RelL2, x.Farthest, x.Cosine = Length(tokens(p)), fmt.Sprintf("%.2g", d.RelL2), fmt.Sprintf("%.2g", d.MaxAbs), fmt.Sprintf("%.3f", d.Cosine)
		}
	}
	if rows > 0 {
		x.Rows, x.Worst, x.MaxAbs = Count(int64(rows)), ratio(worst), fmt.Sprintf("%.1e", maxAbs)
	}
	return x
}

// looked says which heads of a series were checked, and what all its rows were compared
// with at which lengths; empty where the records do not say.
func looked(c series) (heads, second string) {
	var all []int
	var with groups[string, int]
	for _, p := range c.points {
		a := p.Agreement
		if a == nil || a.Heads == 0 {
			continue
		}
		all = append(all, tokens(p))
		name := cmp.Or(a.Second, "none")
		if a.SecondRows > 0 {
			name += " in part"
		}
		with.add(name, tokens(p))
		if heads = Count(int64(a.Heads)); a.HeadsAtEnd > 0 {
			heads += ", " + Count(int64(a.HeadsAtEnd)) + " of them at " + Length(cmp.Or(a.Context, tokens(p)))
		}
	}
	if len(with.keys) == 1 {
		return heads, with.keys[0]
	}
	var list []string
	for _, name := range with.keys {
		list = append(list, name+" "+spans(with.of[name], all))
	}
	return heads, strings.Join(list, "; ")
}

func newPromise(c series) promise {
	x := promise{Name: c.name}
	for _, p := range c.points {
		x.Traits = cmp.Or(x.Traits, strings.Join(p.Traits, ", "))
	}
	allocs := int64(0)
	for _, p := range c.timed {
		if p.Allocs != nil {
			allocs = max(allocs, *p.Allocs)
		}
	}
	if allocs > 0 {
		x.Allocs = Count(allocs)
	}
	return x
}

// Unfinished are the points without a result to time.
func (v *view) Unfinished() []row {
	return slices.DeleteFunc(slices.Clone(v.All), func(r row) bool { return r.Status == string(result.StatusOK) })
}
