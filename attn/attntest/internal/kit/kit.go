// Package kit is what the rules of Plans and those of States share: how a rule is tried, on
// which Problems and numbers, and how results are compared.
package kit

import (
	"errors"
	"fmt"

	"attnbench/attn"
)

// Kit is a rule being tried on a variant, and what came of it so far.
type Kit struct {
	Variant          attn.Variant
	Traits           attn.Traits
	Ran, Unsupported int // Plans and States made, and refused with errors.ErrUnsupported
	Violations       []string
	OneEnough        bool // the first violation ends the rule
	OnlyCase         int  // the number of the one case to try; 0: all

	// Of the cases that Each deals. Failed has one entry for each violation.
	Passed, Refused []Case
	Failed          []Numbered
	current         Numbered
	dealt           int // cases so far
}

// Rounds reports whether equal results of the variant may differ in their last bits.
func (k *Kit) Rounds() bool { return k.Traits.RoundsByAlignment || k.Traits.RoundsByWorkers }

// New returns a Kit that has tried nothing yet.
func New(v attn.Variant) *Kit { return &Kit{Variant: v, Traits: attn.TraitsOf(v)} }

// Rule is a sentence of the contract and how to try it.
type Rule struct {
	Name, Sentence string
	Try            func(*Kit)
}

// NewRule returns the rule of these fields.
func NewRule(name, sentence string, try func(*Kit)) Rule { return Rule{name, sentence, try} }

// enough is what Fail panics with to end a rule.
type enough struct{}

// Run runs f. A violation ends f where one is enough; a panic is a violation.
func (k *Kit) Run(f func()) {
	defer func() {
		if r := recover(); r != nil && r != (enough{}) {
			panic(r)
		}
	}()
	k.Guarded("the rule", f)
}

// Fail notes a violation.
func (k *Kit) Fail(format string, args ...any) {
	k.Violations, k.Failed = append(k.Violations, fmt.Sprintf(format, args...)), append(k.Failed, k.current)
	if k.OneEnough {
		panic(enough{})
	}
}

// Guarded runs f; a panic is a violation.
func (k *Kit) Guarded(what string, f func()) (ok bool) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case enough{}:
			panic(r)
		default:
			k.Fail("%s panicked: %v", what, r)
			ok = false
		}
	}()
	f()
	return true
}

// Plan plans c; nil where the Problem is unsupported or refused.
func (k *Kit) Plan(c Case, o attn.Options) attn.Plan {
	k.current.is(c)
	return try(k, c.String()+": Plan", func() (attn.Plan, error) { return k.Variant.Plan(c.P, o) })
}

// NewState makes a State of a variant that is an attn.Decoder; nil where the Problem is
// unsupported or refused.
func (k *Kit) NewState(c Case, o attn.Options) attn.State {
	k.current.is(c)
	return try(k, c.String()+": NewState", func() (attn.State, error) { return k.Variant.(attn.Decoder).NewState(c.P, o) })
}

// try returns what f makes and counts a case that ran. Where f fails it returns zero, and
// counts a case that is unsupported or notes a violation.
func try[T any](k *Kit, what string, f func() (T, error)) (made T) {
	var x T
	var err error
	switch ok := k.Guarded(what, func() { x, err = f() }); {
	case !ok:
	case errors.Is(err, errors.ErrUnsupported):
		k.Unsupported++
	case err != nil:
		k.Fail("%s: %v", what, err)
	default:
		k.Ran++
		return x
	}
	return made
}

// ISAs returns the kernel sets to try.
func (k *Kit) ISAs() []string {
	if list := attn.ISAsOf(k.Variant); len(list) > 0 {
		return list
	}
	return []string{""}
}

// Options returns every kernel set with each of the given numbers of workers.
func (k *Kit) Options(workers ...int) []attn.Options {
	var list []attn.Options
	for _, isa := range k.ISAs() {
		for _, n := range workers {
			list = append(list, attn.Options{ISA: isa, Workers: n})
		}
	}
	return list
}
