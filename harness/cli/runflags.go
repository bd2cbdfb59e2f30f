package cli

import (
	"time"

	"github.com/spf13/pflag"

	"attnbench/harness"
)

type runFlags struct {
	*axisFlags
	quick  bool
	recall bool
	out    string
	budget time.Duration
}

func newRunFlags(set *pflag.FlagSet) *runFlags {
	f := &runFlags{axisFlags: newAxisFlags(set, forwardForm)}
	set.BoolVar(&f.quick, "quick", false, "a sweep of seconds: lengths to 1024 and fewer samples, for a first look")
	set.DurationVar(&f.budget, "budget", harness.DefaultBudget.Time, budgetUse)
	set.BoolVar(&f.recall, "recall", true, "count the planted pairs that each variant retrieves, about a second each; --recall=false leaves it out")
	set.StringVar(&f.out, "out", "", outUse)
	return f
}

const (
	budgetUse = "time for the whole sweep; points that would exceed their share are skipped"
	outUse    = "folder for the report (default reports/DATE-HOST)"
)
