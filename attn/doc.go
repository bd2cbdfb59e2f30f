// Package attn is the vocabulary that every attention variant shares: the
// Problem (the mathematics, never the method), the Tensor, the Mask, and the
// interfaces Variant, Plan, Decoder and State. Package mask, in the folder below, has the
// masks. attn imports package mask and the standard library alone; mask the latter.
//
// # Notation and shapes
//
//	B        batch entries
//	Hq, Hkv  query heads, key/value heads (Hq is a multiple of Hkv)
//	Nq, Nk   query rows, key rows (seqlen; the self-attention case is Nq = Nk)
//	D, Dv    head_dim of Q and K, head_dim of V and Out
//	M        features of a linear rule (elu+1: M = D)
//	Q [B, Hq, Nq, D]   K [B, Hkv, Nk, D]   V [B, Hkv, Nk, Dv]   Out [B, Hq, Nq, Dv]
//
// # The definition
//
// For each batch entry b, query head h and query row i, at position
// t = QueryStart[b] + i, with g = h / (Hq/Hkv) the key/value head:
//
//	s_j   = scale · q_i·k_j                        (Vaswani et al. 2017, section 3.2.1)
//	s_j   = softcap · tanh(s_j / softcap)          where Softcap > 0 (Gemma 2, section 2)
//	s_j  -= slope_h · |t - j|                      where ALiBi (Press et al. 2022, section 3)
//	p_j   = exp(s_j) / (Σ_visible exp(s_j) + exp(sink_h))
//	out_i = Σ_visible p_j v_j                      lse_i = ln(Σ_visible exp(s_j) + exp(sink_h))
//
// and for linear rules (Katharopoulos et al. 2020, equations 4 and 5), phi the feature map:
//
//	out_i = Σ_visible phi(q_i)·phi(k_j) v_j / (Σ_visible phi(q_i)·phi(k_j) + eps)
//
// # Conventions
//
// The field disagrees on each of these points. These are ours.
//
//   - Order: scale, softcap, ALiBi and additive bias, mask, softmax.
//
//   - Position: query row i stands at QueryStart + i. By default QueryStart is
//     Nk - Nq (bottom-right), so that a decode step is just Nq = 1; top-left
//     alignment is QueryStart all 0. Keys stand at 0 .. Nk-1.
//
//   - Causal: key j is visible when j <= position.
//
//   - Window (left, right): both bounds inclusive and not counting the row's own
//     position, as in FlashAttention and ONNX: left = w sees w+1 keys. -1 is an
//     open side; 0 is a width, not "off".
//
//   - Global tokens lift both window bounds in both directions; causal still holds.
//
//   - Sinks: sink tokens (the first keys stay visible past the left bound, and
//     causal still holds) and SinkLogits (one more term in the denominator, and
//     in the LSE) are different things with different names.
//
//   - Mask text: full, causal, window:255:0; items are name:int..., "+" is Or and
//     "@" is And, which binds tighter; StreamingLLM is window:255:0+causal@sinks:4.
//     A record writes a mask as the flag takes it.
//
//   - Bias: -Inf makes a key invisible, and nothing else does: every finite bias, the most
//     negative float32 too, is a number that is added. Where the sum with a finite score is
//     past the range of float32 it is the end of that range. ALiBi is
//     -slope·|position - j|.
//
//   - Range: where all scores are numbers, the output of softmax is in the range of the
//     visible V (and of 0, with a sink logit) but for its rounding, whatever finite numbers V
//     holds. Scores q·k·scale, their partial sums and the sums of linear rules are float32:
//     past its range they are Inf, or NaN.
//
//   - GQA: query head h reads kv head h / (Hq/Hkv), consecutive groups. Hq % Hkv
//     != 0 is an error.
//
//   - A row that sees no key: output exactly 0 and LSE = -Inf; with a sink logit
//     output 0 and LSE = the sink. Never NaN.
//
//   - NaN or Inf in an invisible row of K or V has no effect at all, bit for bit.
//     In a visible one it propagates.
//
//   - Linear attention: eps is 0 by default. phi elu+1 is x > 0 ? x+1 : exp(x),
//     never elu(x)+1, which cancels. A zero denominator gives 0. Normalised elu+1
//     and relu ignore scale. FAVOR+ uses x' = x·√scale and
//     phi = exp(w·x' - |x'|²/2)/√M, and a quotient of such features where they are too
//     small for a float32 themselves: sums of them, as a state holds, stand beside the
//     logarithm of their scale (LogScale0 and LogScaleN of [Args]), one of each head, so that
//     features below about e^-100 of the head's largest are not carried from one call to
//     another. Unnormalised rules multiply the output by scale.
//
//   - Recurrent rules: state S [M, Dv]. S = decay·S first (decay in log space, per
//     head or per key dim, <= 0), then S += k vᵀ, or for delta rules
//     S += k (beta (v - Sᵀk))ᵀ. exp(-cumsum) is never formed.
//
//   - FLOPs count useful work. Softmax: 2·(D+Dv) per visible pair and query head.
//     Linear family: 2·M·Dv·Σ_b(Hq·Nq + Hkv·R_b), half of it to output queries and half
//     to take keys, which query heads of one key/value head share; delta rules another
//     2·M·Dv·Hkv·Σ_b R_b. R_b are the keys that some query sees: Keys(b), and under the
//     causal mask QueryStart + Nq clipped to 0 .. Keys(b). A decode step has Nq = R_b = 1.
//     What a variant executed is a second figure, never the first.
//
//   - Agreement and drift never mix. Agreement is the error against the float64
//     oracle of the same Problem; a point that disagrees gets no time. Drift is the
//     distance from dense softmax with the same inputs (not retrained): a figure of
//     quality, as is recall, the planted pairs that a variant retrieves without training.
//
//   - Selection: a variant that chooses by the numbers what a query sees, as block top-k
//     does, takes two steps. Agreement, FLOPs and drift are those of the second step,
//     under the selection made. The first step is timed apart and has no oracle.
//
//   - Inputs are a pure function of (seed, profile, shape, tensor name, element):
//     any process makes the same ones.
//
//   - The rows of a Tensor are contiguous; batch, head and row strides are free.
//
//   - Results are bitwise equal for any worker count, within one binary.
//
// A Problem can have every mask of [mask.Texts] and what And and Or make of them,
// [mask.Keep] for booleans, [mask.Selection] for kept blocks of keys and [mask.Predicate]
// for anything else; scale, softcap, ALiBi, additive bias and sink logits; softmax, the
// feature maps and the recurrent rules of [RuleTexts]. All rules but softmax have a first
// and a last state (State0 and StateN of [Args]), and feature maps also the sums of key
// features that they divide by (Norm0 and NormN).
//
// # Tolerance
//
// Each element of Out, and each LSE, has an error budget of its own, in float64: a bound on the
// rounding of the orders of evaluation below, to be used as it is. The check is written
// !(err <= budget), so that NaN fails. Where the definition is NaN or Inf the output must be
// NaN or Inf, whichever. Where scores or sums of linear and recurrent rules may be past the
// range of float32 on the way, Out may be NaN or Inf, too, but no number beyond its budget.
//
// The orders of evaluation, all in float32 with roundings to nearest, u = 2⁻²⁴:
//
//   - Scores: sums over D in any order, fused or not; the scale folded into Q or multiplied
//     afterwards; in natural units or in units of log2, log2(e) multiplied in anywhere.
//     A softcap within 4 ULP. Rounded at the score, at the maximum, and at their difference.
//
//   - Weights: an exponential within 2 ULP; 0 where they are below 2⁻¹²⁶ of the largest.
//
//   - Sums over keys, in the order of the keys: one after another, or in blocks of at most
//     512, the sum so far rescaled where the maximum has risen. Partial results of runs of
//     keys, merged by their maxima or by their LSEs in float32: of any number of runs of 512
//     keys or more, or of three runs of any length.
//
//   - Linear rules: sums over features first or over keys first, of features within 2 ULP.
//     Those of FAVOR+ relative to a reference of each feature at most 2²⁴ below its largest
//     so far; 0 where they are below 2⁻¹⁰² of that.
//
//   - Recurrent rules: token by token or in chunks of at most 64 tokens; a delta rule by
//     forward substitution; decays within 2 ULP, their products formed in a chunk.
//
//   - Below 2⁻¹²⁶ products and sums round to a multiple of 2⁻¹⁴⁹.
//
// n roundings of at most r each add up to min(n, λ√n)·r, λ = 5: the worst case of short sums,
// and for long ones the probabilistic bound of Higham and Mary (2019, theorem 3.1), which
// takes roundings as independent and of mean 0. It fails in fewer than 3·10⁻¹¹ of sums, so
// that of two million rows of 64 columns one may be beyond its budget with a probability of
// 1 in 300. Roundings that are not independent add up in full: those of a constant or a
// query that all keys share, of an exponential, of keys or dims that are alike, of terms too
// small to change a sum.
//
// Softmax, p_j the weights, o the output, A_j = |scale|·Σ_c|q_c k_jc|: to first order the
// budget of column c is the sum, in squares where roundings are independent, of
//
//	Σ_j p_j·|v_jc - o_c|·(γ_D·A_j + u·(|s_j - m| + 4))  weights, γ_n = min(n, λ√n)·u
//	γ_N·(max|Σ_run p_j v_jc| + |o_c|)                   sums of runs of keys, and of weights
//	3u·|o_c|                                            the division
//
// A softcap multiplies A_j by the slope of its tanh and adds the capped score; ALiBi and bias
// add their magnitudes. A sink logit is one more key, with v = 0. An output that is a
// weighted mean (softmax; elu+1, relu and FAVOR+ without a first state) lies in the range of the
// visible values of its column, with 0 where a sink, eps or a denominator that may underflow
// takes weight: no budget exceeds the range, and no element may lie outside of it, by more
// than the sums and the division round. Where a denominator is no more than a few denormals,
// the range is wider by about M/2·(max|v| + 3/2).
//
// The LSE is off by Σ_j p_j times what the scores are off by, and never by more than the most
// that any of them is; by γ_N of the sum, by 3u·(|LSE| + |m| + 1), and by what merges round.
//
// Recurrent rules have no range. With y_t what the real transitions (decays, and
// I - beta·k kᵀ) make of q on its way back from the row to token t, the squares of what
// token t rounds, times y_t, add up over all tokens.
//
// The derivations stand above the code, in the files named budget of package oracle. What a
// budget cannot see: an error that all weights have in common, as it cancels; and one that is
// smaller than what honest sums of the same shape may lose.
//
// # Decoding
//
// A [Decoder] takes sequences that grow. In the Problem of its [State], KVLen is the
// capacity of each sequence and QLen the maximum of tokens of one Extend. Token i of a
// sequence is key i, and its query stands at position i. A call gives N rows of K and V,
// of which batch entry b takes the first n[b], so that sequences differ in length.
//
//   - However a caller cuts the sequences into chunks, Out and LSE are those of one
//     Forward over the whole with QueryStart 0, within the tolerance of that Forward.
//
//   - A batch entry gives, bit for bit, what it gives alone in a State of Batch 1.
//
//   - Tokens past the capacity are [ErrFull], and change nothing.
//
//   - What a State still holds never changes an output. Truncate is refused where a ring
//     buffer has overwritten tokens that it would bring back.
//
//   - No query sees a later token: the mask must be causal. A mask of one length (Keep,
//     Selection) and a bias are unsupported.
//
//   - Bytes are what a State holds, without the caller's workspace.
//
// # Misuse and the unsupported
//
// An inconsistent Problem is an error from [Problem.Validate], which Plan returns
// and which names the field. A mask whose type embeds a pattern of package mask is such an
// error, as it inherits claims that need not be true of it. A Problem outside a variant's
// reach is an error that wraps [errors.ErrUnsupported]. A Plan or State that would take more
// than 1 TiB is an error that wraps [ErrTooLarge]. Misuse of Forward (short workspace, wrong
// shape, Out overlapping an input) panics with a [MisuseError], which names the tensor, what
// it has and what it must have; [Args.Check] makes these checks for every variant.
package attn
