package cli

import (
	"github.com/spf13/cobra"

	"attnbench/harness/export"
)

func exportCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "export DIR", Short: "Write the visits of a run in the Go benchmark format, for benchstat", Args: cobra.ExactArgs(1),
		Example: `  sweep export reports/before > before.txt
  sweep export reports/after > after.txt
  benchstat before.txt after.txt`,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.readRun("export", args[0])
			if err != nil {
				return err
			}
			if err := export.Write(a.stdout, s); err != nil {
				return failed(err)
			}
			return nil
		},
	}
}
