// Package report renders records: report.md with its plots, and the findings as
// sentences. It is a pure function of the records: rendering them again gives the
// same bytes.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// File is one file of a report.
type File struct {
	Name string
	Data []byte
}

//go:embed report.md.tmpl
var source string

var page = template.Must(template.New("report.md").Funcs(template.FuncMap{
	"length": Length, "count64": func(n int) string { return Count(int64(n)) }, "duration": Duration, "bytes": Bytes,
	"cell": cell, "join": strings.Join, "tokens": tokens,
}).Parse(source))

// Render returns report.md, and each plot as SVG and PNG where there is something
// to plot.
func Render(s result.Sweep) ([]File, error) {
	var files []File
	v := newView(s)
	for _, p := range v.charts(s) {
		svg, err := p.chart.SVG()
		if err != nil {
			return nil, err
		}
		png, err := p.chart.PNG()
		if err != nil {
			return nil, err
		}
		files = append(files, File{p.Name + ".svg", svg}, File{p.Name + ".png", png})
		v.Plots = append(v.Plots, p)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return nil, err
	}
	return append([]File{{"report.md", b.Bytes()}}, files...), nil
}

// Write writes the files into dir, each at once: a reader never sees half of one.
func Write(dir string, files []File) error {
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path+".part", f.Data, 0o666); err != nil {
			return fmt.Errorf("%s: cannot write: %w", path, err)
		}
		if err := os.Rename(path+".part", path); err != nil {
			return fmt.Errorf("%s: cannot write: %w", path, err)
		}
	}
	return nil
}

// view is what the template shows.
type view struct {
	Sweep    result.Sweep
	Findings []string
	Machine  []pair
	Plots    []picture
	Points   []row
	Absent   []result.Point
	Curves   []curve
	Traits   []pair
}

type pair struct{ Name, Value string }

// picture is a plot and what stands beside it.
type picture struct {
	Name, Alt, Note string
	chart           plot.Chart
}

// row is a point of the table.
type row struct {
	result.Point
	N              string
	Lo, Hi         int64
	Median, Spread string
	Executed       string
	Rate, Worst    string
}

// curve is the agreement and drift of one series over all its lengths.
type curve struct {
	Name, Computes string
	Rows           int
	Worst, MaxAbs  string
	Verdict        string
	Drift          *result.Drift // at the longest length checked
	At             string
}

func newView(s result.Sweep) *view {
	v := &view{Sweep: s, Findings: Findings(s), Machine: machine(s.Run)}
	for _, c := range group(s) {
		for _, p := range c.points {
			v.Points = append(v.Points, newRow(p))
			if p.Status != result.StatusOK {
				v.Absent = append(v.Absent, p)
			}
		}
		v.Curves = append(v.Curves, newCurve(c))
		if t := c.points[0].Traits; len(t) > 0 {
			v.Traits = append(v.Traits, pair{c.name, strings.Join(t, ", ")})
		}
	}
	return v
}

func newRow(p result.Point) row {
	r := row{Point: p, N: Length(tokens(p))}
	if p.FLOPs > 0 && p.ExecutedFLOPs > 0 {
		r.Executed = fmt.Sprintf("%.2f", float64(p.ExecutedFLOPs)/float64(p.FLOPs))
	}
	if p.Agreement != nil {
		r.Worst = ratio(p.Agreement.Worst)
	}
	if p.MedianNS > 0 {
		lo, hi := sampleRange(p)
		r.Median, r.Spread = Duration(p.MedianNS), Duration(lo)+" – "+Duration(hi)
		r.Rate = significant(p.GFLOPS)
	}
	return r
}

func newCurve(c series) curve {
	x := curve{Name: c.name, Computes: c.computes(), Verdict: "not checked"}
	var worst, maxAbs float64
	for _, p := range c.points {
		if p.Agreement == nil {
			continue
		}
		x.Rows += p.Agreement.Rows
		worst, maxAbs = max(worst, p.Agreement.Worst), max(maxAbs, p.Agreement.MaxAbs)
		if x.Verdict == "not checked" {
			x.Verdict = "agrees"
		}
		if p.Status == result.StatusDisagree {
			x.Verdict = "**disagrees**"
		}
		if p.Drift != nil {
			x.Drift, x.At = p.Drift, Length(tokens(p))
		}
	}
	if x.Rows > 0 {
		x.Worst, x.MaxAbs = ratio(worst), fmt.Sprintf("%.1e", maxAbs)
	}
	return x
}

// ratio writes an error in units of its budget.
func ratio(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0e", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// machine lists what is known; the rest is absent.
func machine(r result.Run) []pair {
	m := r.Machine
	var list []pair
	add := func(name, value string, known bool) {
		if known {
			list = append(list, pair{name, value})
		}
	}
	add("CPU", m.CPU, m.CPU != "")
	add("Cores used by Go", fmt.Sprint(m.Cores), m.Cores > 0)
	add("Features", strings.Join(m.Features, " "), len(m.Features) > 0)
	add("L1d cache per core", Bytes(m.L1dBytes), m.L1dBytes > 0)
	add("L2 cache per core", Bytes(m.L2Bytes), m.L2Bytes > 0)
	add("L3 cache", Bytes(m.L3Bytes), m.L3Bytes > 0)
	add("Memory", Bytes(m.MemoryBytes), m.MemoryBytes > 0)
	add("System", m.OS+"/"+m.Arch+", "+m.GoVersion, true)
	add("Date", r.Time.UTC().Format(time.DateTime)+" UTC", !r.Time.IsZero())
	commit := r.Commit
	if r.Modified {
		commit += " with uncommitted changes"
	}
	add("Commit", commit, r.Commit != "")
	add("Command", "`"+r.Command+"`", r.Command != "")
	add("Input", fmt.Sprintf("%s, seed %d", r.Input, r.Seed), r.Input != "")
	return list
}

// cell keeps text inside one cell of a Markdown table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ")
}
