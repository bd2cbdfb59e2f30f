package attn

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
