package cli

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/source"
)

// axisFlags are the flags that choose the points of a sweep.
type axisFlags struct {
	set                                               *pflag.FlagSet
	variants, seqlen, mask, rule, workers, isa, input string
	headDim, heads, kvHeads, batch                    int
	seed                                              uint64
	form                                              form
}

// form is what differs between the axis flags of run and of decode.
type form struct {
	lengths, lengthsDefault, lengthsUse string // the flag that names the lengths
	heads, kvHeads, headDim             int    // kvHeads 0: as many as heads
	kvHeadsUse, workersUse, inputUse    string
}

var forwardForm = form{
	lengths: "seqlen", lengthsDefault: "128:8192", lengthsUse: "sequence lengths: a doubling range 128:8192 or a list 512,1k,4k; of an input file, prefixes",
	heads: 4, headDim: 64, kvHeadsUse: "default --heads", workersUse: "a Forward",
	inputUse: "numbers: " + strings.Join(source.Profiles(), ", ") + ", or a .safetensors, .npy or .npz file with q, k and v",
}

func newAxisFlags(set *pflag.FlagSet, form form) *axisFlags {
	f := &axisFlags{set: set, form: form}
	set.SortFlags = false
	set.StringVar(&f.variants, "variants", "", "`list` of variants to run, separated by commas, or all (default those that \"sweep list\" does not mark \"on request\")")
	set.StringVar(&f.seqlen, form.lengths, form.lengthsDefault, form.lengthsUse)
	set.StringVar(&f.mask, "mask", "", "masks for all variants, as "+strings.Join(mask.Texts(), ", ")+"; + is or, @ is and (default the typical mask of each variant)")
	set.StringVar(&f.rule, "rule", "", "rules, each for the variants that take it, as "+strings.Join(attn.RuleTexts(), ", ")+" (default the typical rule of each variant)")
	set.IntVar(&f.heads, "heads", form.heads, "query heads")
	set.IntVar(&f.kvHeads, "kvheads", 0, "key/value heads, a divisor of --heads ("+form.kvHeadsUse+")")
	set.IntVar(&f.headDim, "headdim", form.headDim, "head dimension of Q, K and V, 1 to 65536")
	set.IntVar(&f.batch, "batch", 1, "batch entries")
	set.StringVar(&f.workers, "workers", strconv.Itoa(runtime.GOMAXPROCS(0)), "goroutines "+form.workersUse+" works on: a list 1,2,6 or a doubling range 1:all sweeps over them; all is one per core (the default)")
	set.Lookup("workers").DefValue = ""
	set.StringVar(&f.isa, "isa", "", "kernel sets, separated by commas (default the best of each variant)")
	set.StringVar(&f.input, "input", "gaussian", form.inputUse)
	set.Uint64Var(&f.seed, "seed", 1, "seed of the numbers and of the sampled rows")
	return f
}

// within is budget b, or where quick is set budget quickly with its lengths; --budget
// replaces the time.
func (f *axisFlags) within(b, quickly plan.Budget, quick bool, lengths string, budget time.Duration) (plan.Budget, error) {
	if quick {
		b = quickly
	}
	if f.set.Changed("budget") {
		b.Time = budget
	}
	if b.Time < time.Second || b.Time > 24*time.Hour {
		return b, fmt.Errorf("--budget %s: want 1s to 24h", b.Time)
	}
	if quick && !f.set.Changed(f.form.lengths) {
		f.seqlen = lengths
	}
	return b, nil
}

// sweep is the values of the axis flags.
type sweep struct {
	variants []attn.Variant
	axes     point.Axes
}

// resolve checks every flag. An error names the flag and what the flag takes.
func (f *axisFlags) resolve(all []attn.Variant) (s sweep, err error) {
	if s.variants, err = chooseVariants(all, f.variants); err != nil {
		return s, err
	}
	s.axes = point.Axes{Variants: s.variants, Input: f.input, Seed: f.seed}
	if s.axes.ISAs, err = chooseISAs(s.variants, f.isa); err != nil {
		return s, err
	}
	if s.axes.Masks, err = parseOptional("--mask", f.mask, mask.Parse); err != nil {
		return s, err
	}
	if s.axes.Rules, err = parseOptional("--rule", f.rule, attn.ParseRule); err != nil {
		return s, err
	}
	if s.axes.Workers, err = parseWorkers("--workers", f.workers, runtime.GOMAXPROCS(0)); err != nil {
		return s, err
	}
	lengths, err := parseLengths("--"+f.form.lengths, f.seqlen)
	if err != nil {
		return s, err
	}
	shape, err := f.shape()
	if err != nil {
		return s, err
	}
	tensors, fromFile, err := source.Open(f.input, f.seed)
	if err != nil {
		return s, fmt.Errorf("--input %w", err)
	}
	if fromFile.Batch > 0 {
		shape = fromFile
		if lengths, err = f.prefixes(shape, lengths); err != nil {
			return s, err
		}
	}
	for _, n := range lengths {
		p := shape
		if p.QLen == p.KVLen {
			p.QLen, p.KVLen = n, n
		}
		if err := p.Validate(); err != nil {
			return s, fmt.Errorf("--%s %d with --batch %d, --heads %d, --headdim %d: %w", f.form.lengths, n, p.Batch, p.QHeads, p.HeadDim, err)
		}
		s.axes.Shapes = append(s.axes.Shapes, p)
	}
	if file, ok := tensors.(interface{ Check(attn.Problem) error }); ok {
		last := slices.MaxFunc(s.axes.Shapes, func(a, b attn.Problem) int { return cmp.Compare(a.KVLen, b.KVLen) })
		if err := file.Check(last); err != nil {
			return s, fmt.Errorf("--input %w", err)
		}
	}
	return s, nil
}

// shape is the Problem's shape without its lengths, from the flags.
func (f *axisFlags) shape() (attn.Problem, error) {
	p := attn.Problem{Batch: f.batch, QHeads: f.heads, KVHeads: f.kvHeads, HeadDim: f.headDim, ValueDim: f.headDim}
	if !f.set.Changed("kvheads") {
		if p.KVHeads = f.heads; f.form.kvHeads > 0 && !f.set.Changed("heads") {
			p.KVHeads = f.form.kvHeads
		}
	}
	for _, flag := range []struct {
		name      string
		value, to int
	}{
		{"--headdim", f.headDim, attn.MaxHeadDim}, {"--heads", f.heads, math.MaxInt32},
		{"--kvheads", p.KVHeads, math.MaxInt32}, {"--batch", f.batch, math.MaxInt32},
	} {
		if flag.value < 1 || flag.value > flag.to {
			return p, fmt.Errorf("%s %d: want a whole number from 1 to %d", flag.name, flag.value, flag.to)
		}
	}
	if p.QHeads%p.KVHeads != 0 {
		return p, fmt.Errorf("--kvheads %d: want a divisor of --heads %d", p.KVHeads, p.QHeads)
	}
	return p, nil
}

// prefixes are the lengths to sweep of a file: the lengths of --seqlen, none longer than
// the file, or doublings and the whole.
func (f *axisFlags) prefixes(shape attn.Problem, lengths []int) ([]int, error) {
	for _, name := range []string{"headdim", "heads", "kvheads", "batch"} {
		if f.set.Changed(name) {
			return nil, fmt.Errorf("--%s: the shape comes from --input %s: leave it out", name, f.input)
		}
	}
	n := shape.KVLen
	switch named := f.set.Changed("seqlen"); {
	case shape.QLen != n && named:
		return nil, fmt.Errorf("--seqlen %s: q has %d rows and k %d in --input %s: only a file with equal lengths has prefixes", f.seqlen, shape.QLen, n, f.input)
	case shape.QLen != n:
		return []int{n}, nil
	case named && slices.Max(lengths) > n:
		return nil, fmt.Errorf("--seqlen %s: --input %s holds %d rows: want prefixes of 1 to %d", f.seqlen, f.input, n, n)
	case named:
		return lengths, nil
	}
	lengths = nil
	for m := 128; m < n; m *= 2 {
		lengths = append(lengths, m)
	}
	return append(lengths, n), nil
}

// commandLine is the command as typed, without machine paths.
func commandLine(args []string) string {
	line := []string{"sweep"}
	for _, arg := range args {
		value := strings.Index(arg, "=") + 1
		if strings.ContainsAny(arg[value:], `/\`) {
			arg = arg[:value] + point.PublicPath(arg[value:])
		}
		line = append(line, arg)
	}
	return strings.Join(line, " ")
}
