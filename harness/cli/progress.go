package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/report"
	"attnbench/harness/result"
)

// progress prints a line as each point finishes and, where stderr is a terminal,
// keeps a bar with the time left below the lines; elsewhere a line now and then.
type progress struct {
	stdout io.Writer
	bar    *progressbar.ProgressBar // nil: plain lines only
	labels result.Labels            // as the report will have them
	width  int                      // of the longest label
	phases bool                     // of a decode sweep
	said   time.Time                // when the last line was printed
}

// silence is how long nothing is printed where there is no bar: the points of a decode sweep end
// together, after minutes.
const silence = 20 * time.Second

// barSteps is the length of the bar: thousandths of the predicted time.
const barSteps = 1000

func newProgress(stdout, stderr io.Writer, points []point.Point, budget plan.Budget) *progress {
	p := &progress{stdout: stdout, said: time.Now()}
	var all []result.Identity
	for _, pt := range points {
		all = append(all, identity(pt))
	}
	p.labels = result.NewLabels(all)
	for i, pt := range points {
		p.width, p.phases = max(p.width, len(p.labels.Of(all[i]))), p.phases || decoding(pt.Workload)
	}
	fmt.Fprintf(stdout, "%s, %s\n", count(len(points), "point"), budget)
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(barSteps,
			progressbar.OptionSetWriter(stderr),
			progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(false), // the harness predicts better than a rate does
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// identity is what tells one planned point from another.
func identity(pt point.Point) result.Identity {
	return result.Identity{
		Variant: pt.Variant, ISA: pt.ISA, Workers: pt.Workers, Workload: pt.Workload, Chunk: pt.Chunk,
		Problem: pt.Problem, Input: pt.Input, Seed: pt.Seed,
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// begin shows what runs now and how long the rest is predicted to take.
func (p *progress) begin(s plan.Step) {
	why := ""
	if s.Further != "" {
		why = ", where " + s.Further
	}
	line := fmt.Sprintf("%s made, %s at %s%s, about %s left", count(s.Visits, "visit"), p.labels.Of(identity(s.Point)), report.Length(reach(s.Point.Problem)), why, s.Left.Round(time.Second))
	if p.bar == nil {
		if time.Since(p.said) >= silence {
			p.said = time.Now()
			fmt.Fprintln(p.stdout, line)
		}
		return
	}
	p.bar.Describe(line)
	_ = p.bar.Set(int(s.Done * barSteps))
}

// note prints a line between those of points.
func (p *progress) note(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.stdout, line)
}

// point prints the line of a finished point.
func (p *progress) point(r result.Point) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	p.said = time.Now()
	fmt.Fprintf(p.stdout, "%-*s  %6s  %s\n", p.width, p.labels.Of(r.Identity()), report.Length(reach(r.Problem)), p.outcome(r))
	if p.bar != nil {
		_ = p.bar.RenderBlank()
	}
}

// decoding reports whether a workload is one of a State.
func decoding(workload string) bool { return slices.Contains(point.Phases(), workload) }

// reach is the length that a line names: the context of a step, or the number of queries.
func reach(p result.Problem) int {
	if p.QLen == 1 {
		return p.KVLen
	}
	return p.QLen
}

// outcome is the result of a point in words, with its phase in a decode sweep.
func (p *progress) outcome(r result.Point) string {
	if !p.phases {
		return outcome(r)
	}
	line := outcome(r)
	if r.Status == result.StatusOK {
		line = fmt.Sprintf("%9s  p99 %9s  %9.4g tokens/s  state %s", report.Duration(r.MedianNS), report.Duration(r.P99NS), r.TokensPerSecond, report.Bytes(r.StateBytes))
		if r.Phase == result.PhasePrefill {
			line = fmt.Sprintf("%9s  %13s  %9.4g tokens/s", report.Duration(r.MedianNS), "", r.TokensPerSecond)
		}
		if r.BandwidthFraction > 0 {
			line += fmt.Sprintf(", %.2f of the read bandwidth", r.BandwidthFraction)
		}
		line += fmt.Sprintf("  %s  worst error %.2f of its budget", measurements(r), r.Agreement.Worst)
	}
	return fmt.Sprintf("%-7s  %s", r.Phase, line)
}

// measurements are what a median is over.
func measurements(r result.Point) string {
	if r.Visits > 0 {
		return count(r.Visits, "visit")
	}
	return count(len(r.SamplesNS), "sample")
}

func outcome(r result.Point) string {
	switch {
	case r.Status != result.StatusOK:
		return fmt.Sprintf("%s: %s", r.Status, r.Message)
	case r.MedianNS == 0:
		return fmt.Sprintf("ok, worst error %.2f of its budget over %d rows", r.Agreement.Worst, r.Agreement.Rows)
	}
	line := fmt.Sprintf("%9s  %7.2f GFLOP/s  %11s  worst error %.2f of its budget",
		report.Duration(r.MedianNS), r.GFLOPS, measurements(r), r.Agreement.Worst)
	if r.Selection != nil {
		line += ", selection " + report.Duration(r.Selection.MedianNS) + " apart"
	}
	return line
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	fmt.Fprintln(p.stdout)
}
