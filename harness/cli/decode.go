package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"attnbench/attn"
	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/workload"
)

// The default contexts of every variant, and the farther contexts of variants whose state
// does not grow with the context: these cost no more memory and little time.
const (
	defaultContexts = "1k:128k"
	fartherContexts = "256k:512k"
	quickContexts   = "1k:8k"
)

var decodeForm = form{
	lengths: "contexts", lengthsDefault: defaultContexts,
	lengthsUse: "contexts, in tokens: a doubling range 1k:128k or a list 1k,32k; the default goes on to 512k for variants whose state does not grow with it",
	heads:      32, kvHeads: 8, headDim: 128, kvHeadsUse: "default 8, or --heads where that alone is given", workersUse: "an Extend",
	inputUse: "numbers: " + strings.Join(workload.DecodeProfiles(), ", "),
}

type decodeFlags struct {
	*axisFlags
	*visitFlags
	phase  string
	quick  bool
	out    string
	resume bool
	budget time.Duration
}

func newDecodeFlags(set *pflag.FlagSet) *decodeFlags {
	f := &decodeFlags{axisFlags: newAxisFlags(set, decodeForm)}
	set.StringVar(&f.phase, "phase", strings.Join(point.Phases(), ","), "what to measure: decode, single tokens after a context; prefill, a whole context in chunks")
	set.BoolVar(&f.quick, "quick", false, "a sweep of under a minute: contexts to 8192, for a first look")
	set.DurationVar(&f.budget, "budget", plan.DecodeBudget.Time, budgetUse)
	set.StringVar(&f.out, "out", "", outUse)
	set.BoolVar(&f.resume, "resume", false, resumeUse)
	f.visitFlags = newVisitFlags(set).timed(set)
	return f
}

func decodeCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "decode", Short: "Sweep contexts: time per token, size of the state, prefill", Args: cobra.NoArgs,
		Long: `Decode measures what generating text asks of a variant: one query at a time against
everything before it. KV caches and states are filled to each context, single steps
are checked against a float64 oracle and then timed one by one, and the report shows time
per token (median and p99), tokens/s, the bytes of the state, and which part of the
read bandwidth a step reaches. Prefill is the time of a whole context from empty.`,
		Example: `  sweep decode
  sweep decode --variants flash,linear --contexts 1k,32k --workers 1,2
  sweep decode --heads 8 --kvheads 8 --headdim 64 --batch 4 --phase decode`,
	}
	f := newDecodeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.decode(cmd.Context(), f) }
	return cmd
}

func (a *app) decode(ctx context.Context, f *decodeFlags) error {
	budget, err := f.within(plan.DecodeBudget, plan.QuickDecodeBudget, f.quick, quickContexts, f.budget)
	if err == nil {
		budget, err = f.bound(budget)
	}
	if err != nil {
		return err
	}
	phases, err := parseNames("--phase", f.phase, point.Phases(), "no phase is called %q: want some of %s")
	if err != nil {
		return err
	}
	if list := workload.DecodeProfiles(); !slices.Contains(list, f.input) {
		return fmt.Errorf("--input %q: want %s, of which a context of any length can be made", f.input, strings.Join(list, ", "))
	}
	s, err := f.resolve(a.variants)
	if err != nil {
		return err
	}
	farther, err := f.farther(s.axes.Shapes[0])
	if err != nil {
		return err
	}
	return a.sweep(ctx, job{
		axisFlags: f.axisFlags, visitFlags: f.visitFlags, out: f.out, resume: f.resume,
		axes: s.axes, points: s.axes.DecodePoints(phases, farther, flat), budget: budget,
	})
}

// farther are the shapes beyond the default contexts; none where a flag names contexts.
func (f *decodeFlags) farther(shape attn.Problem) ([]attn.Problem, error) {
	if f.quick || f.set.Changed(f.form.lengths) {
		return nil, nil
	}
	lengths, err := parseLengths("--contexts", fartherContexts)
	var list []attn.Problem
	for _, n := range lengths {
		shape.QLen, shape.KVLen = n, n
		if shape.Validate() == nil {
			list = append(list, shape)
		}
	}
	return list, err
}

// flat reports whether the State of a point does not grow with the context.
func flat(v attn.Variant, pt point.Point) bool {
	p, err := point.Problem(pt.Problem)
	return err == nil && workload.IsFlat(v, p, pt.Options())
}
