package attn

// Variant is one way to compute Problems. It is immutable and safe for
// concurrent use.
type Variant interface {
	// Name is the word by which flags, records and plots know the variant.
	Name() string
	// Plan validates p and o and does, once, everything that does not depend on
	// the numbers: block mask, kernel choice, partitioning. An inconsistent
	// Problem is the error of Problem.Validate; one outside the variant's reach
	// is an error that wraps errors.ErrUnsupported.
	Plan(p Problem, o Options) (Plan, error)
}

// Plan computes one Problem, any number of times. It is immutable: any number of
// goroutines may call Forward at once, each with its own workspace.
type Plan interface {
	// Workspace is the scratch that Forward needs, in float32s.
	Workspace() int
	// Forward computes a.Out, and a.LSE where given. It allocates nothing, reads
	// nothing from ws that it has not written, and panics on misuse: a short ws, a
	// tensor of another shape, Out or ws overlapping an input.
	Forward(a Args, ws []float32)
}

// Args are the tensors of one Forward. It goes by value, so that a call does not allocate.
type Args struct {
	Out, Q, K, V Tensor    // [B,Hq,Nq,Dv] [B,Hq,Nq,D] [B,Hkv,Nk,D] [B,Hkv,Nk,Dv]
	LSE          []float32 // optional [B,Hq,Nq], natural logarithm; softmax rules only
	Bias         Tensor    // [B|1,Hq|1,Nq,Nk] where Problem.Bias asks for it

	// Of recurrent rules, where Rule.Decay and Rule.Delta ask for them: the logarithm
	// of the decay, 0 or less, [B,Hkv,Nk,1] or [B,Hkv,Nk,D], and beta [B,Hkv,Nk,1].
	Decay, Beta Tensor
	// Projection [1,1,M,D] is that of Favor, optional, else FavorProjection of its seed.
	Projection Tensor
	// State0 is the state before the first key, optional, else zeros; StateN, optional,
	// takes that after the last valid key. Both [B,Hkv,M,Dv], of linear and recurrent
	// rules. Norm0 and NormN [B,Hkv,1,M] are the sums of key features that linear rules
	// divide by: each is given where its state is.
	State0, StateN Tensor
	Norm0, NormN   Tensor
}

// Options are the choices of a Plan that change how, never what.
type Options struct {
	Workers int    // goroutines that work on one Forward; 0 means 1
	Pool    Pool   // where they come from; nil: the module's own process-wide pool
	ISA     string // kernel set: "" the best available; otherwise exactly this one, or errors.ErrUnsupported
}

// Pool lends goroutines. An engine that has a pool of its own passes it in
// Options, so that two pools never fight over the cores.
type Pool interface {
	// Run calls t.Part(worker, i) once for every i in [0, n) and returns when all
	// calls have. At most workers calls run at once, each at that moment with a
	// worker of its own in [0, workers).
	Run(t Task, n, workers int)
}

// Task is work in parts that may run in any order and at the same time.
type Task interface {
	Part(worker, i int)
}

// Typical is implemented by a variant that stands for a Problem other than the
// causal softmax it is handed: sparse sets a window, linear a linear rule.
type Typical interface {
	Typical(Problem) Problem
}

// TypicalOf returns the Problem of p's shape that v stands for.
func TypicalOf(v Variant, p Problem) Problem {
	if t, ok := v.(Typical); ok {
		return t.Typical(p)
	}
	return p
}

// Traits says what a variant cannot promise. The conformance kit honours it and
// reports show it.
type Traits struct {
	Allocates  bool // Forward may allocate
	OwnThreads bool // Forward may start goroutines beyond Options.Workers
	// RoundsByAlignment: the last bits of a result may depend on where in memory
	// the tensors begin and on their strides.
	RoundsByAlignment bool
	OnRequest         bool // swept only where named: a baseline or a second form of another variant
}

// HasTraits is implemented by variants whose Traits are not the zero value.
type HasTraits interface {
	Traits() Traits
}

// TraitsOf returns the variant's Traits.
func TraitsOf(v Variant) Traits {
	if t, ok := v.(HasTraits); ok {
		return t.Traits()
	}
	return Traits{}
}

// HasISAs is implemented by variants that run on a choice of kernel sets.
type HasISAs interface {
	// ISAs lists the names that Options.ISA takes on this machine, best first.
	ISAs() []string
}

// ISAsOf returns the kernel sets of v on this machine, best first; nil where v
// has no choice.
func ISAsOf(v Variant) []string {
	if t, ok := v.(HasISAs); ok {
		return t.ISAs()
	}
	return nil
}

// CountsFLOPs is implemented by Plans that know what one Forward executes.
type CountsFLOPs interface {
	// ExecutedFLOPs counts the multiplies and adds of the matrix products that
	// one Forward performs, masked and repeated work included.
	ExecutedFLOPs() int64
}

// Constant messages, so that a misuse can be told from its panic.
const (
	panicWorkspace = "attn: workspace shorter than Plan.Workspace"
	panicShape     = "attn: tensor shape differs from the Problem's"
	panicView      = "attn: tensor strides reach outside its data, or Out's fold rows together"
	panicOverlap   = "attn: Out, LSE or workspace overlaps another tensor"
	panicMerge     = "attn: Merge of results whose shapes or LSE lengths differ"
	panicLSE       = "attn: LSE length differs from Batch·QHeads·QLen, or the rule has none"
)

// decayShape is that of Args.Decay; all zeros where there is none.
func (p *Problem) decayShape() [4]int {
	switch p.Rule.Decay {
	case HeadDecay:
		return [4]int{p.Batch, p.KVHeads, p.KVLen, 1}
	case DimDecay:
		return [4]int{p.Batch, p.KVHeads, p.KVLen, p.HeadDim}
	}
	return [4]int{}
}

// betaShape is that of Args.Beta; all zeros where there is none.
func (p *Problem) betaShape() [4]int {
	if p.Rule.Delta {
		return [4]int{p.Batch, p.KVHeads, p.KVLen, 1}
	}
	return [4]int{}
}

// isState reports whether s and its normaliser z may stand for a state of p: absent,
// or of its shapes.
func (p *Problem) isState(s, z *Tensor) bool {
	switch {
	case s.Data == nil:
		return z.Data == nil
	case p.Rule.Kind == Softmax || s.Shape != [4]int{p.Batch, p.KVHeads, p.Features(), p.ValueDim}:
		return false
	case p.Rule.Kind == Recurrent:
		return z.Data == nil
	}
	return z.Data != nil && z.Shape == [4]int{p.Batch, p.KVHeads, 1, p.Features()}
}

// isProjection reports whether t may stand for the projection of p: absent, or of its shape.
func (p *Problem) isProjection(t *Tensor) bool {
	return t.Data == nil || p.Rule.Feature == Favor && t.Shape == [4]int{1, 1, p.Rule.Features, p.HeadDim}
}

// Check panics with a constant message where a does not fit p, ws is shorter
// than need, or something written overlaps something else. Every Forward calls
// it first.
func (a *Args) Check(p *Problem, ws []float32, need int) {
	if len(ws) < need {
		panic(panicWorkspace)
	}
	if a.Q.Shape != [4]int{p.Batch, p.QHeads, p.QLen, p.HeadDim} ||
		a.K.Shape != [4]int{p.Batch, p.KVHeads, p.KVLen, p.HeadDim} ||
		a.V.Shape != [4]int{p.Batch, p.KVHeads, p.KVLen, p.ValueDim} ||
		a.Out.Shape != [4]int{p.Batch, p.QHeads, p.QLen, p.ValueDim} {
		panic(panicShape)
	}
	if a.Bias.Shape != p.Bias.shape(p) || a.Decay.Shape != p.decayShape() || a.Beta.Shape != p.betaShape() ||
		!p.isState(&a.State0, &a.Norm0) || !p.isState(&a.StateN, &a.NormN) || !p.isProjection(&a.Projection) {
		panic(panicShape)
	}
	inputs := [9]*Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta, &a.State0, &a.Norm0, &a.Projection}
	outputs := [3]*Tensor{&a.Out, &a.StateN, &a.NormN}
	for _, out := range outputs {
		if !out.inside() || !out.distinct() {
			panic(panicView)
		}
	}
	for _, in := range inputs {
		if !in.inside() {
			panic(panicView)
		}
	}
	if a.LSE != nil && (len(a.LSE) != p.Batch*p.QHeads*p.QLen || p.Rule.Kind != Softmax) {
		panic(panicLSE)
	}
	written := [5][]float32{ws[:need], a.LSE}
	for i, out := range outputs {
		written[2+i] = out.Data[:out.extent()]
	}
	for i, x := range written {
		for _, y := range written[:i] {
			if sliceOverlaps(x, y) {
				panic(panicOverlap)
			}
		}
		for _, in := range inputs {
			if sliceOverlaps(x, in.Data[:in.extent()]) {
				panic(panicOverlap)
			}
		}
	}
}
