package attntest

import (
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/internal/guard"
)

const seed = 7

// numbers returns c's inputs, packed, and an Out of NaN.
func (k *kit) numbers(c testCase) attn.Args {
	a := inputsOf(c.p, c.profile, seed)
	guard.Poison(a.Out.Data)
	// -Inf in a bias hides a key from a row: here one key in five, and every key
	// from each seventh row.
	for i := range a.Bias.Data {
		if i%5 == 2 || i/c.p.KVLen%7 == 3 {
			a.Bias.Data[i] = float32(math.Inf(-1))
		}
	}
	return a
}

// compute plans c and runs it once on a, in a workspace of NaN; false where it is
// unsupported or failed, which has then been noted.
func (k *kit) compute(c testCase, o attn.Options, a attn.Args) bool {
	plan := k.plan(c, o)
	if plan == nil {
		return false
	}
	return k.forward(c, plan, a)
}

// onSets computes c on a's inputs on every kernel set, each with an Out of its own and
// an LSE where a has one, and hands over what it computed.
func (k *kit) onSets(c testCase, o attn.Options, a attn.Args, then func(isa string, a attn.Args)) {
	for _, o.ISA = range k.isas() {
		b := withOut(c.p, a)
		if a.LSE != nil {
			b = withLSE(c.p, b)
		}
		if k.compute(c, o, b) {
			then(o.ISA, b)
		}
	}
}

func (k *kit) forward(c testCase, plan attn.Plan, a attn.Args) bool {
	ws := make([]float32, plan.Workspace())
	guard.Poison(ws)
	return k.guarded(c.String()+": Forward", func() { plan.Forward(a, ws) })
}

// withOut is a with another packed Out of NaN.
func withOut(p attn.Problem, a attn.Args) attn.Args {
	a.Out = attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim)
	guard.Poison(a.Out.Data)
	return a
}

// withLSE is a with room for the LSE.
func withLSE(p attn.Problem, a attn.Args) attn.Args {
	a.LSE = make([]float32, p.Batch*p.QHeads*p.QLen)
	return a
}

// aligned is the slack between two results of a variant that RoundsByAlignment,
// relative to the row's largest element: some roundings of a short sum.
const aligned = 64.0 / (1 << 24)

// same notes where two outputs of one shape differ in a bit, or by more than some
// roundings where the variant does not promise bits.
func (k *kit) same(c testCase, what string, x, y attn.Tensor) bool {
	return k.equal(c, what, x, y, k.traits.RoundsByAlignment)
}

// equal notes where two outputs differ in a bit, or by more than some roundings where
// they may round.
func (k *kit) equal(c testCase, what string, x, y attn.Tensor, round bool) bool {
	for b := range x.Shape[0] {
		for h := range x.Shape[1] {
			for i := range x.Shape[2] {
				p, q := x.Row(b, h, i), y.Row(b, h, i)
				if at, same := guard.Same(p, q); !same && !(round && close(p, q)) {
					k.fail("%v: %s: batch %d head %d row %d out[%d] is %v and %v", c, what, b, h, i, at, p[at], q[at])
					return false
				}
			}
		}
	}
	return true
}

func close(p, q []float32) bool {
	var largest, apart float64
	for c := range p {
		largest = math.Max(largest, math.Abs(float64(p[c])))
		apart = math.Max(apart, math.Abs(float64(p[c])-float64(q[c])))
	}
	return apart <= aligned*largest // false where NaN
}

// compareRuns tries every few case: it computes it plainly, then under each
// change, and notes where a bit differs.
func (k *kit) compareRuns(what string, change func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor)) {
	for _, c := range few() {
		for _, isa := range k.isas() {
			o := attn.Options{ISA: isa}
			a := k.numbers(c)
			if !k.compute(c, o, a) {
				continue
			}
			change(c, a, o, func(o attn.Options, b attn.Args) attn.Tensor {
				if k.compute(c, o, b) {
					k.same(c, fmt.Sprintf("%s (set %q)", what, o.ISA), a.Out, b.Out)
				}
				return b.Out
			})
		}
	}
}

// sees is the definition of visibility.
func sees(p attn.Problem, a attn.Args, b, h, i, j int) bool {
	if p.Bias != (attn.BiasShape{}) {
		if entry, head := p.Bias.BiasOf(b, h); math.IsInf(float64(a.Bias.Row(entry, head, i)[j]), -1) {
			return false
		}
	}
	return j < p.Keys(b) && p.VisibilityMask().Visible(b, h, p.Start(b)+i, j)
}

// scattered copies t into a [batch, row, head, dim] buffer between fences, with a
// gap after every row, beginning shift floats off its alignment.
func scattered(name string, t attn.Tensor, shift int) (attn.Tensor, *guard.Buffer) {
	const gap = 3
	B, H, N, D := t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
	buf := guard.New(name, B*N*H*(D+gap), shift)
	s := attn.Tensor{Data: buf.Data(), Shape: t.Shape, Stride: [3]int{N * H * (D + gap), D + gap, H * (D + gap)}}
	for b := range B {
		for h := range H {
			for i := range N {
				copy(s.Row(b, h, i), t.Row(b, h, i))
			}
		}
	}
	return s, buf
}

// spread is a with its tensors scattered, each shifted otherwise, and their buffers.
func spread(a attn.Args, shift int) (attn.Args, []*guard.Buffer) {
	var fences []*guard.Buffer
	for _, t := range []struct {
		name   string
		tensor *attn.Tensor
	}{{"Q", &a.Q}, {"K", &a.K}, {"V", &a.V}, {"Out", &a.Out}, {"Bias", &a.Bias}, {"Decay", &a.Decay}, {"Beta", &a.Beta}} {
		if t.tensor.Data == nil {
			continue
		}
		view, fence := scattered(t.name, *t.tensor, shift%4)
		*t.tensor, fences, shift = view, append(fences, fence), shift+1
	}
	return a, fences
}

// spoil overwrites row j of every head of t's batch entry b.
func spoil(t attn.Tensor, b, j int, x float32) {
	for h := range t.Shape[1] {
		row := t.Row(b, h, j)
		for c := range row {
			row[c] = x
		}
	}
}

func clone(t attn.Tensor) attn.Tensor {
	t.Data = append([]float32(nil), t.Data...)
	return t
}

func isNaN(x float32) bool { return x != x }

func finite(row []float32) bool {
	for _, x := range row {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
	}
	return true
}
