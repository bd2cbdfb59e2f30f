// Package report renders records: report.md with its plots, and the findings as
// sentences. It is a pure function of the records: rendering them again gives the
// same bytes. Times, machine and date come from the records alone.
package report

import (
	"bytes"
	_ "embed"
	"text/template"

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
	"md": markdown, "code": code, "plural": plural,
}).Parse(source))

// Render returns each plot as SVG and PNG where there is something to plot, and
// report.md, which shows them, last; and the findings of the page.
func Render(s result.Sweep) (files []File, findings []string, err error) {
	v := newView(s)
	for _, p := range v.Plots {
		svg, err := p.chart.SVG()
		if err != nil {
			return nil, nil, err
		}
		png, err := p.chart.PNG()
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{p.Name + ".svg", svg}, File{p.Name + ".png", png})
	}
	text, err := v.page()
	if err != nil {
		return nil, nil, err
	}
	return append(files, File{"report.md", text}), append([]string{v.Opening}, v.Findings...), nil
}

func (v *view) page() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, v)
	return b.Bytes(), err
}
