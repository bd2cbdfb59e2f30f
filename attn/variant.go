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
	// nothing from ws that it has not written, and panics with a MisuseError on a short
	// ws, a tensor of another shape, and Out or ws overlapping an input.
	Forward(a Args, ws []float32)
}

// Typical is implemented by a variant whose typical Problem is not causal softmax: sparse
// sets a window, linear a linear rule.
type Typical interface {
	Typical(Problem) Problem
}

// TypicalOf returns the typical Problem of v in the shape of p.
func TypicalOf(v Variant, p Problem) Problem {
	if t, ok := v.(Typical); ok {
		return t.Typical(p)
	}
	return p
}
