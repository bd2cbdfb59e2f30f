// Package attntest is the conformance kit: what every attn.Variant must hold.
// A variant's test is one line,
//
//	func TestConformance(t *testing.T) { attntest.Run(t, mine.New()) }
//
// and [Fuzz] is its fuzz target. [RunMask] holds one mask, and the variant under it, to
// the rules of masks. Variants that are an attn.Decoder are also held to the
// rules of States, for which [FuzzState] is the fuzz target; others skip these.
//
// Every rule is a subtest with a sentence, and reports all its violations.
// Problems that Plan refuses with errors.ErrUnsupported are counted, not failed;
// a variant that supports none of them fails. Where a Plan is an attn.Selector, its
// output is compared with the Problem under the selection made. The rules that move
// keys do not apply then: which keys share a block changes what is selected.
package attntest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"attnbench/attn"
)

// rule is one sentence of the contract and how it is tried.
type rule struct {
	name, sentence string
	try            func(*kit)
}

var rules = []rule{
	{"agreement", "Every output row lies within its error budget of the float64 oracle, at every shape, mask, rule and modifier.", agreement},
	{"lse", "Where LSE is asked for it is the natural logarithm of the denominator, and Out is the same as without it.", lse},
	{"ones", "The weights of a row that sees a key sum to 1: with V = 1 the output is 1.", ones},
	{"window-full", "A window as wide as the sequence equals the full mask.", windowFull},
	{"permutation", "The order of the keys does not matter where a row sees them all.", permutation},
	{"shift", "A constant added to all logits changes the LSE by it and the output not at all.", shift},
	{"convex", "Every output lies between the smallest and the largest visible value.", convex},
	{"merge", "Partial results over keys split anywhere, merged by LSE, give the whole.", merging},
	{"states", "A sequence cut anywhere, with the state carried from one segment to the next, gives the whole.", states},
	{"future", "A future of NaN changes no bit of the rows before it.", future},
	{"blind-rows", "A row that sees no key gives exactly 0 and an LSE of -Inf, or the sink logit.", blindRows},
	{"invisible", "NaN or Inf in a row of K or V that a query does not see changes no bit of its output.", invisible},
	{"visible", "NaN in a visible row of V reaches every query that sees it, and no other.", visible},
	{"gqa", "Grouped heads equal repeated key/value heads, bit for bit: query head h reads head h / (Hq/Hkv).", gqa},
	{"batch", "A batch entry equals the same entry computed alone, bit for bit.", batchEntries},
	{"workspace", "Forward needs exactly Workspace floats, reads none before writing it and writes none outside.", workspace},
	{"output", "Forward overwrites Out whatever it held, and touches nothing between its rows.", output},
	{"inputs", "Forward leaves all its inputs as they were.", inputs},
	{"strides", "Strided and misaligned views give the bits that packed tensors give.", strides},
	{"workers", "The result is the same, bit for bit, for any number of workers.", workers},
	{"pool", "A pool of the caller's is used, and the order in which it runs the parts changes nothing.", pool},
	{"selection", "A Plan that selects shows no more than its Problem; Forward is Select and the Forward of the Plan selected, bit for bit, and that Plan may be kept.", selection},
	{"repeat", "A Plan gives the same bits again, and to concurrent callers with workspaces of their own.", repeat},
	{"allocation", "Forward allocates nothing.", allocation},
	{"sets", "Every kernel set that the variant lists can be planned, and an unknown one is errors.ErrUnsupported.", sets},
	{"invalid", "An inconsistent Problem is an error of Plan that names the field.", invalid},
	{"new-state", "A decoder makes a State for some Problem, on all of its kernel sets, and refuses as Plan does what is inconsistent or has no State.", decoders(newStates)},
	{"extend", "However a sequence is cut into segments, a State outputs what one Forward over the whole does.", decoders(extend)},
	{"append", "Tokens that Append takes count as those that Extend takes, in chunks of any length.", decoders(appending)},
	{"truncate", "A truncated sequence goes on as if it had never been longer, or Truncate is errors.ErrUnsupported.", decoders(truncate)},
	{"reset", "After Reset an entry outputs what a new State does, bit for bit, and the other entries go on unchanged.", decoders(reset)},
	{"forgotten", "NaN or Inf in a token that a query does not see, or that was truncated away, changes no bit of its output.", decoders(forgotten)},
	{"capacity", "Too many tokens, wrong counts and tensors of another Problem are an error, or the panic of Forward, and change nothing.", decoders(capacity)},
	{"two-states", "Two States used at the same time output what each does alone, bit for bit.", decoders(twoStates)},
	{"entries", "A batch entry outputs what it does alone in its State, bit for bit, whatever the other entries and the rows that it does not take hold.", decoders(entries)},
	{"length-bytes", "Len counts the tokens, and Bytes is what the heap shows, from the first token to the last.", decoders(lengthBytes)},
	{"scratch", "Extend needs exactly Workspace floats, reads none before writing it and writes none outside.", decoders(scratch)},
	{"steps", "An Extend by one token allocates nothing.", decoders(steps)},
	{"decode-workers", "A State outputs the same, bit for bit, for any number of workers and a pool that runs the parts in any order.", decoders(decodeWorkers)},
	{"decode-views", "Strided and misaligned chunks give the bits that packed chunks give.", decoders(decodeViews)},
	{"misuse", "Short workspaces, wrong shapes and overlapping outputs panic with a message.", misuse},
}

// Result is what trying one rule came to.
type Result struct {
	Rule, Sentence string
	Ran            int // cases computed
	Unsupported    int // cases refused with errors.ErrUnsupported
	Violations     []string
}

// Check tries the named rules, or all where none is named, and returns what each
// came to. A last result, "reach", is violated where no case ran at all.
func Check(v attn.Variant, only ...string) []Result {
	return check(v, false, only...)
}

// check is Check, and leaves a rule at its first violation where one is enough.
func check(v attn.Variant, oneEnough bool, only ...string) []Result {
	var results []Result
	reach := Result{Rule: "reach", Sentence: "The variant supports at least one Problem."}
	for _, r := range rules {
		if len(only) > 0 && !slices.Contains(only, r.name) {
			continue
		}
		k := &kit{v: v, traits: attn.TraitsOf(v), oneEnough: oneEnough}
		k.run(func() { k.guarded("the rule", func() { r.try(k) }) })
		results = append(results, Result{r.name, r.sentence, k.ran, k.unsupported, k.violations})
		reach.Ran += k.ran
		reach.Unsupported += k.unsupported
	}
	if reach.Ran == 0 {
		reach.Violations = []string{fmt.Sprintf("no case ran: %d were unsupported", reach.Unsupported)}
	}
	return append(results, reach)
}

// shown is how many violations of a rule are printed one by one.
const shown = 10

// Run tries every rule as a subtest of t, and logs how many cases ran.
func Run(t *testing.T, v attn.Variant) {
	t.Helper()
	report(t, v, Check(v))
}

// report makes each result a subtest.
func report(t *testing.T, v attn.Variant, results []Result) {
	t.Helper()
	for _, r := range results {
		t.Run(r.Rule, func(t *testing.T) {
			t.Helper()
			t.Logf("%s (%s: %d cases ran, %d unsupported)", r.Sentence, v.Name(), r.Ran, r.Unsupported)
			for i, violation := range r.Violations {
				if i == shown {
					t.Errorf("and %d more", len(r.Violations)-shown)
					break
				}
				t.Error(violation)
			}
		})
	}
}

// kit is the state of one rule being tried.
type kit struct {
	v                attn.Variant
	traits           attn.Traits
	ran, unsupported int
	violations       []string
	oneEnough        bool // the first violation ends the rule
}

// enough is what fail panics with to end a rule.
type enough struct{}

// run runs f, which the first violation may end.
func (k *kit) run(f func()) {
	defer func() {
		if r := recover(); r != nil && r != (enough{}) {
			panic(r)
		}
	}()
	f()
}

func (k *kit) fail(format string, args ...any) {
	k.violations = append(k.violations, fmt.Sprintf(format, args...))
	if k.oneEnough {
		panic(enough{})
	}
}

// guarded runs f; a panic is a violation.
func (k *kit) guarded(what string, f func()) (ok bool) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case enough{}:
			panic(r)
		default:
			k.fail("%s panicked: %v", what, r)
			ok = false
		}
	}()
	f()
	return true
}

// plan returns nil where the Problem is unsupported or refused.
func (k *kit) plan(c testCase, o attn.Options) attn.Plan {
	var plan attn.Plan
	var err error
	if !k.guarded(c.String()+": Plan", func() { plan, err = k.v.Plan(c.p, o) }) {
		return nil
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		k.unsupported++
		return nil
	case err != nil:
		k.fail("%v: Plan: %v", c, err)
		return nil
	}
	k.ran++
	return plan
}

// isas are the kernel sets to try.
func (k *kit) isas() []string {
	if list := attn.ISAsOf(k.v); len(list) > 0 {
		return list
	}
	return []string{""}
}
