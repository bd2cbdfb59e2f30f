package compare

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"attnbench/harness/report"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// maxNamed bounds the points that a line names.
const maxNamed = 5

// maxLabel bounds the labels that stand beside their numbers, in characters: the line then
// fits into 100 columns. Longer ones are lines of their own.
const maxLabel = 30

// Write writes the comparison as a table, and below it what the reader must know.
func (c Comparison) Write(w io.Writer) error {
	fmt.Fprintf(w, "old run  %s\nnew run  %s\n\n", c.Old, c.New)
	var numbers bytes.Buffer
	t := tabwriter.NewWriter(&numbers, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "N\told\tnew\tnew/old\t95 % interval\tverdict\t\n")
	wide := len("series")
	for _, r := range c.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", report.Length(r.N), time(r.Old, r.OldStatus), time(r.New, r.NewStatus), number(r.Ratio), interval(r), r.Verdict)
		wide = max(wide, utf8.RuneCountInString(r.Label))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	lines := strings.Split(numbers.String(), "\n")
	heads := wide > maxLabel
	if heads {
		wide = len("series")
	}
	fmt.Fprintf(w, "  %-*s%s\n", wide, "series", lines[0])
	above := ""
	for i, r := range c.Rows {
		label := r.Label
		if heads {
			if label != above {
				fmt.Fprintf(w, "  %s\n", label)
			}
			above, label = label, ""
		}
		fmt.Fprintf(w, "  %-*s%s\n", wide, label, lines[i+1])
	}
	_, err := fmt.Fprint(w, "\n", c.summary())
	return err
}

// time is the median, or why there is none.
func time(i verdict.Interval, status result.Status) string {
	if i.Visits == 0 {
		return string(status)
	}
	return report.Duration(int64(i.Median))
}

func number(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", x)
}

// interval of a ratio; of fewer visits than an interval needs, nothing.
func interval(r Row) string {
	if !r.Old.Known() || !r.New.Known() {
		return "-"
	}
	return number(r.Lo) + " to " + number(r.Hi)
}

// summary counts the verdicts and says what hinders them.
func (c Comparison) summary() string {
	text := fmt.Sprintf("%d points: %d faster, %d slower, %d same, %d unclear.\n", len(c.Rows),
		c.Count(verdict.Faster), c.Count(verdict.Slower), c.Count(verdict.Same), c.Count(verdict.Unclear))
	few, needs, untimed := 0, 0, 0
	for _, r := range c.Rows {
		switch {
		case r.OldStatus != result.StatusOK || r.NewStatus != result.StatusOK:
			untimed++
		case r.Needs > 0:
			few, needs = few+1, r.Needs
		}
	}
	if untimed > 0 {
		text += fmt.Sprintf("%d of the unclear have no time in one of the runs: the table says what became of them.\n", untimed)
	}
	if few > 0 {
		text += fmt.Sprintf("%d have too few quiet visits: with %d in each run (--visits %d) a verdict on any single one of %d points is possible.\n", few, needs, needs, len(c.Rows))
	}
	text += lack("old", c.OnlyOld) + lack("new", c.OnlyNew)
	if !c.Old.Quiet || !c.New.Quiet {
		text += "Not both runs are known to be quiet: what the machine did may look like a change.\n"
	}
	return text
}

// lack names points of one run alone.
func lack(run string, names []string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n > maxNamed:
		return fmt.Sprintf("Only the %s run has %d points more, the first %s.\n", run, n, names[0])
	}
	return fmt.Sprintf("Only the %s run has %s.\n", run, strings.Join(names, ", "))
}
