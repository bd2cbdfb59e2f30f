// Package attntest is the conformance kit: what every attn.Variant must hold.
// A variant's test is one line,
//
//	func TestConformance(t *testing.T) { attntest.Run(t, mine.New()) }
//
// and [Fuzz] is its fuzz target. A variant that is an attn.Decoder must also keep the rules
// of States, for which [FuzzState] is the fuzz target. [RunMask] tries one mask, and a
// variant under it.
//
// Every rule is a subtest with a sentence, and reports its violations, what the failing cases
// have in common, and the command that runs the first of them again. The cases of a rule are
// numbered: -attntest.case=N tries the one of that number.
//
// Problems that Plan refuses with errors.ErrUnsupported are counted, not failed;
// a variant that supports none of them fails. What the kit leaves out for kernels with
// threads, memory or roundings of their own is at the fields of [attn.Traits]. Package
// attn/pool has what a kernel needs around its code to keep the rules of workers, workspaces
// and allocation. Package internal/cheats is the adversarial suite: kernels that are wrong in
// a way that pays, each with the rule that refuses it.
//
// Where a Plan is an attn.Selector, its output is compared with the Problem under the
// selection made. The rules that move keys do not apply then: which keys share a block
// changes what is selected.
package attntest

import (
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/attntest/internal/staterules"
)

// rules are those of Plan and Forward, followed by those of States.
var rules = append([]kit.Rule{
	kit.NewRule("agreement", "Every output row lies within its error budget of the float64 oracle, at every shape, mask, rule and modifier.", agreement),
	kit.NewRule("large-scores", "Scores beyond the range of exp, rising and falling along the keys, give what the definition gives.", largeScores),
	kit.NewRule("found", "Problems that the fuzzer found hard stay within their error budget.", found),
	kit.NewRule("lse", "Where LSE is asked for it is the natural logarithm of the denominator, and Out is the same as without it.", lse),
	kit.NewRule("ones", "The weights of a row that sees a key sum to 1: with V = 1 the output is 1.", ones),
	kit.NewRule("window-full", "A window as wide as the sequence equals the full mask.", windowFull),
	kit.NewRule("permutation", "The order of the keys does not matter where a row sees them all.", permutation),
	kit.NewRule("shift", "A constant added to all logits changes the LSE by it and the output not at all.", shift),
	kit.NewRule("convex", "Every output lies between the smallest and the largest visible value.", convex),
	kit.NewRule("merge", "Partial results over keys split anywhere, merged by LSE, give the whole.", merging),
	kit.NewRule("states", "A sequence cut anywhere, with the state carried from one segment to the next, gives the whole (of FAVOR+ where no feature is below e^-100 of the largest).", states),
	kit.NewRule("future", "A future of NaN changes no bit of the rows before it.", future),
	kit.NewRule("blind-rows", "A row that sees no key gives exactly 0 and an LSE of -Inf, or the sink logit.", blindRows),
	kit.NewRule("invisible", "NaN or Inf in a row of K or V that a query does not see changes no bit of its output.", invisible),
	kit.NewRule("visible", "NaN in a visible row of V reaches every query that sees it, and no other.", visible),
	kit.NewRule("gqa", "Grouped heads equal repeated key/value heads, bit for bit: query head h reads head h / (Hq/Hkv).", gqa),
	kit.NewRule("heads", "Each of many heads equals the same head computed alone, bit for bit.", manyHeads),
	kit.NewRule("batch", "A batch entry equals the same entry computed alone, bit for bit.", batchEntries),
	kit.NewRule("workspace", "Forward needs exactly Workspace floats, reads none before writing it and writes none outside.", workspace),
	kit.NewRule("output", "Forward overwrites Out whatever it held, and touches nothing between its rows.", output),
	kit.NewRule("inputs", "Forward leaves all its inputs as they were.", inputs),
	kit.NewRule("strides", "Strided and misaligned views give the bits that packed tensors give.", strides),
	kit.NewRule("workers", "The result is the same, bit for bit, for any number of workers.", workers),
	kit.NewRule("pool", "A pool of the caller's is used, unless Traits say Serial or OwnThreads, and the order in which it runs the parts changes nothing.", pool),
	kit.NewRule("selection", "A Plan that selects shows no more than its Problem; Forward is Select and the Forward of the Plan selected, bit for bit, and that Plan may be kept.", selection),
	kit.NewRule("repeat", "A Plan gives the same bits again, and to concurrent callers with workspaces of their own.", repeat),
	kit.NewRule("calls", "Every call of a Plan computes from its own inputs: numbers that lay at the same addresses before, what they left in Out and workspace, and the count of the calls change no bit.", calls),
	kit.NewRule("allocation", "Forward allocates nothing.", allocation),
	kit.NewRule("memory", "Beside Workspace a Plan and its Forwards hold next to no memory.", memory),
	kit.NewRule("flops", "ExecutedFLOPs, where a Plan has it, is at least the useful work, and stays as it is.", flops),
	kit.NewRule("sets", "Every kernel set that the variant lists can be planned, and an unknown one is errors.ErrUnsupported.", sets),
	kit.NewRule("invalid", "An inconsistent Problem is an error of Plan that names the field.", invalid),
	kit.NewRule("misuse", "Short workspaces, wrong shapes and overlapping outputs panic with an attn.MisuseError that names the tensor.", misuse),
}, staterules.All...)
