package attn

// Traits says what a variant cannot promise. A kernel with threads, buffers or roundings of
// its own says so here: the conformance kit then leaves out what each field names, and
// reports show the words of Words.
type Traits struct {
	// Allocates: Forward may allocate. The kit leaves out the rules allocation, steps and
	// memory.
	Allocates bool
	// OwnThreads: Forward may use goroutines or threads beyond Options.Workers. The kit does
	// not ask that Options.Pool is used.
	OwnThreads bool
	// Serial: Forward runs in the caller's goroutine alone, whatever Options say. The kit asks
	// that Options.Pool is left alone, not that it is used.
	Serial bool
	// OwnMemory: a Plan or State keeps memory beside Plan.Workspace and State.Bytes, as
	// libraries do that pack operands into buffers of their own. The kit leaves out the rule
	// memory and the comparison of State.Bytes with the heap.
	OwnMemory bool
	// RoundsByAlignment: the last bits of a result may depend on where in memory the tensors
	// begin and on their strides. The kit compares within some roundings what must be equal
	// bit for bit otherwise.
	RoundsByAlignment bool
	// RoundsByWorkers: the last bits of a result may depend on the number of workers, or on
	// which thread came first. The kit compares as for RoundsByAlignment.
	RoundsByWorkers bool
	// OnRequest: swept only where named, as a baseline or a second form of another variant is.
	OnRequest bool
}

// Words are the promises that a variant does not make, as records and reports spell them.
func (t Traits) Words() []string {
	var list []string
	for _, x := range []struct {
		on   bool
		word string
	}{
		{t.Allocates, "allocates"}, {t.OwnThreads, "own-threads"}, {t.Serial, "serial"}, {t.OwnMemory, "own-memory"},
		{t.RoundsByAlignment, "rounds-by-alignment"}, {t.RoundsByWorkers, "rounds-by-workers"},
	} {
		if x.on {
			list = append(list, x.word)
		}
	}
	return list
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
