package kit

import (
	"iter"

	"attnbench/attn"
)

// Numbered is a case and its number in the rule, by which it can be tried again alone.
type Numbered struct {
	Number int // from 1; 0 outside of Each
	Case   Case
	known  bool // Case is set
}

// is says which case n is, where nothing said so before.
func (n *Numbered) is(c Case) {
	if !n.known {
		n.Case, n.known = c, true
	}
}

// Each deals the cases of a rule one by one and numbers them. Of a Kit that has an OnlyCase
// it deals that one. What is dealt may be a Problem, a Case or what embeds one; for anything
// else the first Problem that the Kit plans counts as the case.
func Each[T any](k *Kit, list []T) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		defer func() { k.current = Numbered{} }()
		for i, x := range list {
			if k.dealt++; k.OnlyCase != 0 && k.OnlyCase != k.dealt {
				continue
			}
			k.current = Numbered{Number: k.dealt}
			switch x := any(x).(type) {
			case attn.Problem:
				k.current.is(Gaussian(x))
			case interface{ Itself() Case }:
				k.current.is(x.Itself())
			}
			ran, unsupported, failed := k.Ran, k.Unsupported, len(k.Failed)
			more := yield(i, x)
			switch {
			case len(k.Failed) > failed:
			case k.Ran > ran:
				k.Passed = append(k.Passed, k.current.Case)
			case k.Unsupported > unsupported:
				k.Refused = append(k.Refused, k.current.Case)
			}
			if !more {
				return
			}
		}
	}
}

// Itself returns c; types that embed a Case have it too.
func (c Case) Itself() Case { return c }

// Take notes the violations of another Kit, which tried a part of the case of k.
func (k *Kit) Take(part *Kit) {
	for _, violation := range part.Violations {
		k.Fail("%s", violation)
	}
}
