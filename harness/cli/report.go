package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"attnbench/harness/report"
	"attnbench/harness/result"
)

// report renders a folder again. What cannot be read is a usage error.
func (a *app) report(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("report %s: not a folder: want the folder that holds %s", dir, result.FileName)
	}
	s, err := result.Read(dir)
	if err != nil {
		return fmt.Errorf("report %w", err)
	}
	if err := a.renderSweep(dir, s); err != nil {
		return failed(err)
	}
	return nil
}

// render writes the report of a folder and prints the findings.
func (a *app) render(dir string) error {
	s, err := result.Read(dir)
	if err != nil {
		return err
	}
	return a.renderSweep(dir, s)
}

func (a *app) renderSweep(dir string, s result.Sweep) error {
	files, findings, err := report.Render(s)
	if err != nil {
		return err
	}
	if err := report.Write(dir, files); err != nil {
		return err
	}
	if s.Warning != "" {
		fmt.Fprintf(a.stderr, "sweep: warning: %s: %s\n", filepath.Join(dir, result.FileName), s.Warning)
	}
	for _, finding := range findings {
		fmt.Fprintln(a.stdout, finding)
	}
	fmt.Fprintf(a.stdout, "report: %s\n", filepath.ToSlash(filepath.Join(dir, "report.md")))
	return nil
}
