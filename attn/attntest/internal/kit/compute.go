package kit

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// Seed is the seed of all that is random in the kit.
const Seed = 7

// Numbers returns c's inputs, packed, and an Out of NaN.
func (k *Kit) Numbers(c Case) attn.Args {
	a := Inputs(c.P, c.Profile, Seed)
	guard.Poison(a.Out.Data)
	// -Inf in a bias hides a key from a row: here one key in five, and every key
	// from each seventh row.
	for i := range a.Bias.Data {
		if i%5 == 2 || i/c.P.KVLen%7 == 3 {
			a.Bias.Data[i] = float32(math.Inf(-1))
		}
	}
	return a
}

// Compute plans c and runs it once on a, in a workspace of NaN. It is false where the Plan
// is unsupported, or fails, which it notes.
func (k *Kit) Compute(c Case, o attn.Options, a attn.Args) bool {
	plan := k.Plan(c, o)
	if plan == nil {
		return false
	}
	return k.Forward(c, plan, a)
}

// OnSets computes c from a's inputs on every kernel set, and calls then with each result,
// which has an Out of its own, and an LSE where a has one.
func (k *Kit) OnSets(c Case, o attn.Options, a attn.Args, then func(isa string, a attn.Args)) {
	for _, o.ISA = range k.ISAs() {
		b := WithOut(c.P, a)
		if a.LSE != nil {
			b = WithLSE(c.P, b)
		}
		if k.Compute(c, o, b) {
			then(o.ISA, b)
		}
	}
}

// Forward runs plan on a once, in a workspace of NaN; false where it panicked.
func (k *Kit) Forward(c Case, plan attn.Plan, a attn.Args) bool {
	ws := make([]float32, plan.Workspace())
	guard.Poison(ws)
	return k.Guarded(c.String()+": Forward", func() { plan.Forward(a, ws) })
}

// WithOut returns a with another Out, packed, of NaN.
func WithOut(p attn.Problem, a attn.Args) attn.Args {
	a.Out = attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim)
	guard.Poison(a.Out.Data)
	return a
}

// WithLSE returns a with room for the LSE.
func WithLSE(p attn.Problem, a attn.Args) attn.Args {
	a.LSE = make([]float32, p.Batch*p.QHeads*p.QLen)
	return a
}

// Numbers are the inputs that an output was computed from: row (b, h, i) of the output is row
// i of batch entry Entry+b and query head Head+h of P.
type Numbers struct {
	P           attn.Problem
	A           attn.Args
	Entry, Head int
}

// Same notes where two outputs of the same numbers differ in a bit, or by more than both may
// be off if the variant Rounds.
func (k *Kit) Same(c Case, what string, of Numbers, x, y attn.Tensor) bool {
	return k.Equal(c, what, of, x, y, k.Rounds())
}

// Equal notes where two outputs of the same numbers differ in a bit, or by more than both may
// be off if round.
func (k *Kit) Equal(c Case, what string, of Numbers, x, y attn.Tensor, round bool) bool {
	for b := range x.Shape[0] {
		for h := range x.Shape[1] {
			for i := range x.Shape[2] {
				p, q := x.Row(b, h, i), y.Row(b, h, i)
				at, same := guard.Same(p, q)
				if same {
					continue
				}
				near := of.near(b, h, i, p, q)
				if round && near {
					continue
				}
				hint := ""
				if near {
					hint = ". These are the last bits: sum in an order that the Problem alone determines; or set Traits.RoundsByWorkers or Traits.RoundsByAlignment"
				}
				k.Fail("%v: %s: batch %d head %d row %d out[%d] is %v and %v%s", c, what, b, h, i, at, p[at], q[at], hint)
				return false
			}
		}
	}
	return true
}

// near reports whether two results of one row are no further apart than two results within
// their budgets are.
func (n Numbers) near(b, h, i int, p, q []float32) bool {
	e := oracle.Expect(&n.P, &n.A, oracle.Row{B: n.Entry + b, H: n.Head + h, I: i})
	for c := range p {
		if p[c] != q[c] && !(math.Abs(float64(p[c])-float64(q[c])) <= 2*e.Budget[c]) {
			return false // NaN too
		}
	}
	return true
}
