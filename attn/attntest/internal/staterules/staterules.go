// Package staterules is the rules of States, which those of every attn.Decoder must keep.
// Most feed the tokens of a whole sequence to a State chunk by chunk, and compare the output
// with one Forward over the whole, or with that of another State.
package staterules

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// All are the rules. A variant that is no Decoder skips them.
var All = decoders([]kit.Rule{
	kit.NewRule("new-state", "A decoder makes a State for some Problem, on all of its kernel sets, and refuses as Plan does what is inconsistent or has no State.", newStates),
	kit.NewRule("extend", "However a sequence is cut into segments, a State outputs what one Forward over the whole does.", extend),
	kit.NewRule("append", "Tokens that Append takes count as those that Extend takes, in chunks of any length.", appending),
	kit.NewRule("truncate", "A truncated sequence goes on as if it had never been longer, or Truncate is errors.ErrUnsupported.", truncate),
	kit.NewRule("reset", "After Reset an entry outputs what a new State does, bit for bit, and the other entries go on unchanged.", reset),
	kit.NewRule("forgotten", "NaN or Inf in a token that a query does not see, or that was truncated away, changes no bit of its output.", forgotten),
	kit.NewRule("capacity", "Too many tokens are attn.ErrFull, wrong counts and tensors of another Problem are an error, or the panic of Forward, and all change nothing.", capacity),
	kit.NewRule("two-states", "Two States used at the same time output what each does alone, bit for bit.", twoStates),
	kit.NewRule("entries", "A batch entry outputs what it does alone in its State, bit for bit, whatever the other entries and the rows that it does not take hold.", entries),
	kit.NewRule("carried", "A State that is an attn.CarriedState goes on from what a Forward left, and a Forward from what the State stores; wrong calls are errors.", carried),
	kit.NewRule("length-bytes", "Len counts the tokens, and Bytes is what the heap shows, from the first token to the last.", lengthBytes),
	kit.NewRule("scratch", "Extend needs exactly Workspace floats, reads none before writing it and writes none outside.", scratch),
	kit.NewRule("steps", "An Extend by one token allocates nothing.", steps),
	kit.NewRule("decode-workers", "A State outputs the same, bit for bit, for any number of workers and a pool that runs the parts in any order.", decodeWorkers),
	kit.NewRule("decode-views", "Strided and misaligned chunks give the bits that packed chunks give.", decodeViews),
})

// decoders makes each rule skip variants that are not Decoders.
func decoders(rules []kit.Rule) []kit.Rule {
	for i, r := range rules {
		rules[i].Try = func(k *kit.Kit) {
			if _, ok := k.Variant.(attn.Decoder); ok {
				r.Try(k)
			}
		}
	}
	return rules
}
