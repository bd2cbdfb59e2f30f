package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"attnbench/harness/machine"
	"attnbench/harness/plan"
	"attnbench/harness/visit"
	"attnbench/harness/visit/process"
)

// visitFlags say how visits are made.
type visitFlags struct {
	given   *pflag.FlagSet
	visits  int
	isolate bool
	pin     bool
	mem     machine.Memory
	timeout time.Duration
}

func newVisitFlags(set *pflag.FlagSet) *visitFlags {
	f := &visitFlags{given: set}
	set.IntVar(&f.visits, "visits", 0, "visits to each point, whose median counts; more only to repeat disturbed ones (default 6 up to 4096 tokens and 4 beyond, then up to 24 where the interval is widest; of --quick 4; of decode 6, and 4 of a prefill beyond)")
	set.Lookup("visits").DefValue = ""
	set.BoolVar(&f.isolate, "isolate", true, "make each visit in a process of its own; --isolate=false makes all in this process, whose peak memory says nothing of a point")
	set.Var(&f.mem, "mem", "memory that a visit may take, as 8GiB or 80%, of what is free; points that need more are skipped")
	set.DurationVar(&f.timeout, "point-timeout", 0, "time that one visit of a point may take (default half of the budget, a tenth for a prefill)")
	return f
}

// timed adds the flag that only commands with times take.
func (f *visitFlags) timed(set *pflag.FlagSet) *visitFlags {
	set.BoolVar(&f.pin, "pin", false, "bind the workers to as many CPUs, one of each physical core first; the record says which (Linux)")
	return f
}

// bound puts the flags into a budget.
func (f *visitFlags) bound(b plan.Budget) (plan.Budget, error) {
	if f.timeout != 0 && (f.timeout < time.Second || f.timeout > 24*time.Hour) {
		return b, fmt.Errorf("--point-timeout %s: want 1s to 24h", f.timeout)
	}
	switch {
	case f.given.Changed("visits") && (f.visits < 1 || f.visits > 1000):
		return b, fmt.Errorf("--visits %d: want a whole number from 1 to 1000", f.visits)
	case f.visits > 0:
		b.Visits, b.LongVisits, b.MaxVisits = f.visits, f.visits, 0
	}
	b.Point, b.Memory = f.timeout, f.mem.Of(machine.Available())
	return b, nil
}

// timedExecutor makes the visits of points with the given numbers of workers, pinned where
// the flags say so.
func (a *app) timedExecutor(f *visitFlags, workers []int) (visit.Executor, error) {
	e, err := a.executor(f.isolate)
	if err != nil || !f.pin {
		return e, err
	}
	cpus, err := machine.Pinnable()
	if err != nil {
		return nil, fmt.Errorf("--pin: %w: leave it out", err)
	}
	if n := slices.Max(workers); n > len(cpus) {
		return nil, fmt.Errorf("--pin with --workers %d: this process may use %d CPUs, want at most as many workers", n, len(cpus))
	}
	return visit.Pinned{Executor: e, CPUs: cpus}, nil
}

// executor makes the visits.
func (a *app) executor(isolate bool) (visit.Executor, error) {
	if !isolate {
		return visit.Here{Env: a.env()}, nil
	}
	program, err := process.Own()
	if err != nil {
		return nil, fmt.Errorf("this program cannot start itself for visits, and --isolate=false needs no other process: %w", err)
	}
	if own := os.Args; own[len(own)-1] == visitName || own[len(own)-1] == plantedName {
		return nil, errors.New("this process was started for a visit, and its program did not hand its arguments to cli.Main: give it --isolate=false")
	}
	return visit.Child{Program: program, Args: append(a.before(), visitName)}, nil
}

// visitName is the hidden command that makes a visit.
const visitName = "visit"

func (a *app) env() visit.Env { return visit.Env{Variants: a.variants} }

// before are the arguments of this process that stand before those of the command, where
// the command is a part of another program.
func (a *app) before() []string {
	own := os.Args[1:]
	if n := len(own) - len(a.args); n >= 0 && slices.Equal(own[n:], a.args) {
		return slices.Clone(own[:n])
	}
	return nil
}
