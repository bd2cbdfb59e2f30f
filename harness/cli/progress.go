package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"attnbench/harness"
	"attnbench/harness/report"
	"attnbench/harness/result"
)

// progress prints a line as each point finishes and, where stderr is a terminal,
// keeps a bar with the time left below the lines.
type progress struct {
	stdout io.Writer
	bar    *progressbar.ProgressBar // nil: plain lines only
	width  int                      // of the longest series name
}

// barSteps is the length of the bar: thousandths of the predicted time.
const barSteps = 1000

func newProgress(stdout, stderr io.Writer, points []harness.Point, budget harness.Budget) *progress {
	p := &progress{stdout: stdout}
	for _, pt := range points {
		p.width = max(p.width, len(pt.Series))
	}
	fmt.Fprintf(stdout, "%s within a budget of %s\n", count(len(points), "point"), budget.Time)
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

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// begin shows what runs now and how long the rest is predicted to take.
func (p *progress) begin(pt harness.Point, done float64, left time.Duration) {
	if p.bar == nil {
		return
	}
	p.bar.Describe(fmt.Sprintf("%s at %s, about %s left", pt.Series, report.Length(pt.Problem.QLen), left.Round(time.Second)))
	_ = p.bar.Set(int(done * barSteps))
}

// point prints the line of a finished point.
func (p *progress) point(r result.Point) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintf(p.stdout, "%-*s  %6s  %s\n", p.width, r.Series, report.Length(r.Problem.QLen), outcome(r))
	if p.bar != nil {
		_ = p.bar.RenderBlank()
	}
}

func outcome(r result.Point) string {
	switch {
	case r.Status != result.StatusOK:
		return fmt.Sprintf("%s: %s", r.Status, r.Message)
	case r.MedianNS == 0:
		return fmt.Sprintf("ok, worst error %.2f of its budget over %d rows", r.Agreement.Worst, r.Agreement.Rows)
	}
	line := fmt.Sprintf("%9s  %7.2f GFLOP/s  %3d samples  worst error %.2f of its budget",
		report.Duration(r.MedianNS), r.GFLOPS, len(r.SamplesNS), r.Agreement.Worst)
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
