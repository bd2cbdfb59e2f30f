package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"attnbench/harness/plan"
	"attnbench/harness/result"
	"attnbench/harness/selftest"
	"attnbench/harness/visit"
)

// plantedName is the hidden command that visits kernels which are wrong on purpose.
const plantedName = "visit-planted"

func selftestCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "selftest", Short: "Ask whether verdicts of this machine can be trusted, in under five minutes", Args: cobra.NoArgs,
		Long: `Selftest visits a few short points 20 times each and compares the visits with
themselves: how often a difference is found where none is, and how often one of
5 % is found. Then it visits kernels that are wrong on purpose, each of which
must be refused. The exit status is 1 where a bound is not kept. On a machine
that is not quiet it says so, and does not judge what was found.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.selftest(cmd.Context()) },
	}
}

func plantedCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: plantedName, Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			env := visit.Env{Others: a.variants}
			for _, k := range selftest.Plant(selftest.Base(a.variants)) {
				env.Variants = append(env.Variants, k)
			}
			if err := visit.Serve(env, os.Stdin, os.Stdout); err != nil {
				return statusError{exitDisagree, err.Error()}
			}
			return nil
		},
	}
}

func (a *app) selftest(ctx context.Context) error {
	chosen, err := chooseVariants(a.variants, "")
	if err != nil {
		return err
	}
	executor, err := a.executor(true)
	if err != nil {
		return err
	}
	begin := time.Now()
	points := selftest.Points(chosen, runtime.GOMAXPROCS(0))
	progress := newProgress(a.stdout, a.stderr, points, selftest.Budget)
	visits := map[string][]result.Visit{}
	var anchors []result.Visit
	var records []result.Point
	sweep := &plan.Sweep{
		Points: points, Variants: a.variants, Executor: executor, Budget: selftest.Budget, Seed: 1, Repro: a.repro, Begin: progress.begin,
		Visited: func(v result.Visit) error {
			if v.Anchor {
				anchors = append(anchors, v)
			} else {
				visits[v.Key] = append(visits[v.Key], v)
			}
			return nil
		},
		Record: func(p result.Point) error { // again where it was visited again
			if i := slices.IndexFunc(records, func(r result.Point) bool { return r.Key == p.Key }); i >= 0 {
				records[i] = p
				return nil
			}
			records = append(records, p)
			return nil
		},
	}
	err = guarded(func() error { return sweep.Run(ctx) })
	progress.finish()
	if ctx.Err() != nil {
		return statusError{interrupted(ctx), "interrupted: a selftest keeps nothing"}
	}
	if err != nil {
		return failed(err)
	}
	var timed []result.Point
	for _, p := range records {
		switch p.Status {
		case result.StatusOK:
			p.Visited = visits[p.Key]
			timed = append(timed, p)
		case result.StatusUnsupported:
		default:
			return statusError{exitDisagree, fmt.Sprintf("selftest: %s at %d tokens is %s: %s", p.Variant, p.Problem.KVLen, p.Status, p.Message)}
		}
	}
	if len(timed) == 0 {
		return statusError{exitDisagree, "selftest: no point was timed"}
	}
	refusals, err := selftest.Refuse(ctx, plantedExecutor(executor), selftest.Plant(selftest.Base(a.variants)))
	if err != nil {
		return statusError{interrupted(ctx), "interrupted: a selftest keeps nothing"}
	}
	halves := selftest.Compare(selftest.Record(timed, anchors), selftest.Halvings)
	if err := selftest.Write(a.stdout, halves, refusals); err != nil {
		return failed(err)
	}
	fmt.Fprintf(a.stdout, "\n%s.\n", time.Since(begin).Round(time.Second))
	if bad := selftest.Failures(halves, refusals); len(bad) > 0 {
		return statusError{exitDisagree, "selftest: " + strings.Join(bad, "; ")}
	}
	return nil
}

// plantedExecutor starts the same program for kernels that are wrong on purpose.
func plantedExecutor(e visit.Executor) visit.Executor {
	child, ok := e.(visit.Child)
	if !ok {
		return e
	}
	child.Args = append(child.Args[:len(child.Args)-1:len(child.Args)-1], plantedName)
	return child
}
