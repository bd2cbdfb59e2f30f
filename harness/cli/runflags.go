package cli

import (
	"time"

	"github.com/spf13/pflag"

	"attnbench/harness/plan"
)

type runFlags struct {
	*axisFlags
	*visitFlags
	quick  bool
	recall bool
	out    string
	resume bool
	budget time.Duration
}

func newRunFlags(set *pflag.FlagSet) *runFlags {
	f := &runFlags{axisFlags: newAxisFlags(set, forwardForm)}
	set.BoolVar(&f.quick, "quick", false, "a sweep of seconds: lengths to 1024 and fewer samples, for a first look")
	set.DurationVar(&f.budget, "budget", plan.DefaultBudget.Time, budgetUse)
	set.BoolVar(&f.recall, "recall", true, "count the planted pairs that each variant retrieves, about a second each; --recall=false leaves it out")
	set.StringVar(&f.out, "out", "", outUse)
	set.BoolVar(&f.resume, "resume", false, resumeUse)
	f.visitFlags = newVisitFlags(set).timed(set)
	return f
}

const (
	budgetUse = "time for the whole sweep; points that would exceed their share are skipped"
	outUse    = "folder for the report (default reports/DATE-HOST)"
	resumeUse = "go on with the sweep in --out, which was interrupted; flags, program and machine must be the same"
)

// checkFlags are those of the command that times nothing.
type checkFlags struct {
	*axisFlags
	*visitFlags
}

func newCheckFlags(set *pflag.FlagSet) *checkFlags {
	return &checkFlags{newAxisFlags(set, forwardForm), newVisitFlags(set)}
}
