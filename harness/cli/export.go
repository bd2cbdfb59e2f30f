package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"attnbench/harness/export"
	"attnbench/harness/report"
)

func exportCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "export DIR", Short: "Write the visits of a run in the Go benchmark format, for benchstat", Args: cobra.ExactArgs(1),
		Long: `Export writes one line for each visit of a run, a folder of a report or a file
of results, in the Go benchmark format: ns/op, GFLOP/s, and the peak of memory.
Disturbed visits are left out where enough quiet ones remain, and a comment
says how many were disturbed.`,
		Example: `  sweep export reports/before > before.txt
  sweep export --out after.txt reports/after
  benchstat before.txt after.txt`,
	}
	out := cmd.Flags().String("out", "", "file to write instead of standard output")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.export(args[0], *out) }
	return cmd
}

func (a *app) export(path, out string) error {
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--out %s: not a file", out)
	}
	s, err := a.readRun("export", path)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := export.Write(&text, s); err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	if out == "" {
		_, err = a.stdout.Write(text.Bytes())
	} else {
		err = report.Write(filepath.Dir(out), []report.File{{Name: filepath.Base(out), Data: text.Bytes()}})
	}
	if err != nil {
		return failed(err)
	}
	return nil
}
