package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"attnbench/harness/compare"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

func compareCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "compare OLD NEW", Short: "Compare two runs of one sweep, point by point", Args: cobra.ExactArgs(2),
		Long: `Compare holds two runs of one sweep against each other, point by point: folders
of reports, or files of results. A point is faster or slower where the visits of
both runs say so beyond the noise of the machine, and unclear where they do not.`,
		Example: `  sweep compare reports/before reports/after
  sweep compare --fail-on slower reports/before reports/after`,
	}
	failOn := cmd.Flags().String("fail-on", "", "exit with status 1 where a point has one of these verdicts: list of faster, slower, same, unclear")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.compare(args[0], args[1], *failOn) }
	return cmd
}

var allVerdicts = []verdict.Verdict{verdict.Faster, verdict.Slower, verdict.Same, verdict.Unclear}

func (a *app) compare(oldPath, newPath, failOn string) error {
	var bad []verdict.Verdict
	if failOn != "" {
		for _, word := range strings.Split(failOn, ",") {
			if !slices.Contains(allVerdicts, verdict.Verdict(word)) {
				return fmt.Errorf("--fail-on: %q: want a list of faster, slower, same, unclear", word)
			}
			bad = append(bad, verdict.Verdict(word))
		}
	}
	before, err := a.readRun("compare", oldPath)
	if err != nil {
		return err
	}
	after, err := a.readRun("compare", newPath)
	if err != nil {
		return err
	}
	c, err := compare.Of(before, after)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if len(c.Machines) > 0 {
		fmt.Fprintf(a.stderr, "sweep: warning: the machines differ: %s\n", strings.Join(c.Machines, "; "))
	}
	if err := c.Write(a.stdout); err != nil {
		return failed(err)
	}
	for _, v := range bad {
		if n := c.Count(v); n > 0 {
			return statusError{exitDisagree, fmt.Sprintf("compare: %d of %d points: %s", n, len(c.Rows), v)}
		}
	}
	return nil
}

// readRun reads a run that has visits, for a command. What is missing at its end is a warning.
func (a *app) readRun(command, path string) (result.Sweep, error) {
	s, err := result.Read(path)
	switch {
	case err != nil:
		return s, fmt.Errorf("%s %w", command, err)
	case s.Run.Schema < 2:
		return s, fmt.Errorf("%s %s: is of schema %d, which has no visits: sweep again", command, path, s.Run.Schema)
	case s.Warning != "":
		fmt.Fprintf(a.stderr, "sweep: warning: %s: %s\n", path, s.Warning)
	}
	if s.End == nil || s.End.Status != "complete" {
		fmt.Fprintf(a.stderr, "sweep: warning: %s: the sweep was not completed\n", path)
	}
	return s, nil
}
