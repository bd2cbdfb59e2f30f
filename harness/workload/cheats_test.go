package workload

import (
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

// cheat is a variant that is honest but for one thing. A Plan remembers; every Plan is a
// new one.
type cheat func(honest attn.Plan, p attn.Problem) func(a attn.Args, ws []float32)

func (cheat) Name() string { return "cheat" }

func (c cheat) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	honest, err := scripted.Variant{ID: "cheat", Floats: 64}.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return cheatPlan{honest, c(honest, p)}, nil
}

type cheatPlan struct {
	attn.Plan
	forward func(a attn.Args, ws []float32)
}

func (x cheatPlan) Forward(a attn.Args, ws []float32) { x.forward(a, ws) }

// refused fails where a point has a time, or its message does not say why not.
func refused(t *testing.T, r result.Visit, status result.Status, want string) {
	t.Helper()
	if r.Status != status || r.SamplesNS != nil || !strings.Contains(r.Message, want) {
		t.Errorf("%s: %q, %d samples: want %s and a message with %q", r.Status, r.Message, len(r.SamplesNS), status, want)
	}
}

func heads(q, kv, n int) attn.Problem {
	return attn.Problem{Batch: 1, QHeads: q, KVHeads: kv, QLen: n, KVLen: n, HeadDim: 4, ValueDim: 4}
}

func TestAnHonestPointOfManyHeadsHasATime(t *testing.T) {
	honest := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) { return honest.Forward })
	if r := visited(t, honest, heads(128, 16, 8), 1); r.Status != result.StatusOK || r.Agreement.Rows != 128 {
		t.Errorf("%s: %s, %+v", r.Status, r.Message, r.Agreement)
	}
}

func TestAWrongLastHeadOf128IsSeen(t *testing.T) {
	wrong := cheat(func(honest attn.Plan, p attn.Problem) func(attn.Args, []float32) {
		return func(a attn.Args, ws []float32) {
			honest.Forward(a, ws)
			for i := range p.QLen {
				a.Out.Row(p.Batch-1, p.QHeads-1, i)[0] += 0.01
			}
		}
	})
	refused(t, visited(t, wrong, heads(128, 128, 16), 1), result.StatusDisagree, "head 127")
	batch := heads(16, 2, 16)
	batch.Batch = 8
	refused(t, visited(t, wrong, batch, 2), result.StatusDisagree, "batch 7 head 15")
}

// One element of one row that no oracle row is of.
func TestACallThatIsWrongOnceIsSeen(t *testing.T) {
	for _, call := range []int{6, 7, 9} {
		wrong := cheat(func(honest attn.Plan, p attn.Problem) func(attn.Args, []float32) {
			calls := 0
			return func(a attn.Args, ws []float32) {
				honest.Forward(a, ws)
				if calls++; calls == call && p.QLen == 300 {
					row := a.Out.Row(0, 1, 201)
					row[2] = math.Nextafter32(row[2], 9)
				}
			}
		})
		refused(t, visited(t, wrong, heads(2, 2, 300), 1), result.StatusDisagree, "in sample "+string(rune('0'+call-5))+": batch 0 head 1 is not bit for bit")
	}
}

func TestStaleWorkspaceIsNotTrusted(t *testing.T) {
	trusts := cheat(func(honest attn.Plan, p attn.Problem) func(attn.Args, []float32) {
		written := false
		return func(a attn.Args, ws []float32) {
			if !written {
				ws[5], written = 1, true // a table that it makes once
			}
			honest.Forward(a, ws)
			for i := range a.Out.Data {
				a.Out.Data[i] *= ws[5]
			}
		}
	})
	refused(t, visited(t, trusts, scripted.Shape(16), 1), result.StatusDisagree, "")
}

func TestAVariantThatLooksForNaNIsSeen(t *testing.T) {
	looks := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) {
		return func(a attn.Args, ws []float32) {
			if slices.ContainsFunc(a.Out.Data, func(x float32) bool { return x != x }) {
				honest.Forward(a, ws)
			}
		}
	})
	refused(t, visited(t, looks, scripted.Shape(16), 1), result.StatusDisagree, "in sample 1: ")
}

func TestAVariantThatLooksForNumbersIsSeen(t *testing.T) {
	looks := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) {
		calls := 0
		return func(a attn.Args, ws []float32) {
			if calls++; calls < 6 || a.Out.Data[0] == a.Out.Data[0] {
				honest.Forward(a, ws)
			}
		}
	})
	refused(t, visited(t, looks, scripted.Shape(16), 1), result.StatusDisagree, "is NaN")
}

func TestChangedInputsAreNamed(t *testing.T) {
	for name, of := range map[string]func(a attn.Args) []float32{
		"Q": func(a attn.Args) []float32 { return a.Q.Data },
		"K": func(a attn.Args) []float32 { return a.K.Data },
		"V": func(a attn.Args) []float32 { return a.V.Data },
	} {
		for _, at := range []int{1, 6} {
			changes := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) {
				calls := 0
				return func(a attn.Args, ws []float32) {
					honest.Forward(a, ws)
					if calls++; calls == at {
						of(a)[7] *= 1.5
					}
				}
			})
			refused(t, visited(t, changes, scripted.Shape(16), 1), result.StatusFailed, "changed its input "+name)
		}
	}
}

func TestAResultKeptByAddressIsSeen(t *testing.T) {
	for _, key := range map[string]func(a attn.Args) [2]*float32{
		"V":       func(a attn.Args) [2]*float32 { return [2]*float32{&a.V.Data[0]} },
		"Q and V": func(a attn.Args) [2]*float32 { return [2]*float32{&a.Q.Data[0], &a.V.Data[0]} },
	} {
		keeps := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) {
			kept := map[[2]*float32][]float32{}
			return func(a attn.Args, ws []float32) {
				if kept[key(a)] == nil {
					honest.Forward(a, ws)
					kept[key(a)] = slices.Clone(a.Out.Data)
				}
				copy(a.Out.Data, kept[key(a)])
			}
		})
		refused(t, visited(t, keeps, heads(4, 2, 16), 1), result.StatusDisagree, "")
	}
}

// It hashes everything at its first call, and later the beginning of each tensor.
func TestAResultKeptByContentIsSeen(t *testing.T) {
	keeps := cheat(func(honest attn.Plan, _ attn.Problem) func(attn.Args, []float32) {
		kept := map[uint64][]float32{}
		return func(a attn.Args, ws []float32) {
			h := fnv.New64a()
			for _, x := range [][]float32{a.Q.Data, a.K.Data, a.V.Data} {
				for _, y := range x[:8] {
					h.Write([]byte{byte(math.Float32bits(y)), byte(math.Float32bits(y) >> 16), byte(math.Float32bits(y) >> 24)})
				}
			}
			key := h.Sum64()
			if kept[key] == nil {
				honest.Forward(a, ws)
				kept[key] = slices.Clone(a.Out.Data)
			}
			copy(a.Out.Data, kept[key])
		}
	})
	refused(t, visited(t, keeps, heads(4, 4, 16), 1), result.StatusDisagree, "in sample ")
}

func TestHalfOfTheRowsIsSeen(t *testing.T) {
	half := cheat(func(honest attn.Plan, p attn.Problem) func(attn.Args, []float32) {
		return func(a attn.Args, ws []float32) {
			honest.Forward(a, ws)
			for h := range p.QHeads {
				for i := 1; i < p.QLen; i += 2 {
					copy(a.Out.Row(0, h, i), a.Out.Row(0, h, i-1))
				}
			}
		}
	})
	refused(t, visited(t, half, heads(32, 32, 40), 1), result.StatusDisagree, "")
}

// One tile is wrong at one length, always in the same way: no sampled row is of it.
func TestAWrongTileAtOneLengthIsSeenBesideASecondVariant(t *testing.T) {
	wrong := cheat(func(honest attn.Plan, p attn.Problem) func(attn.Args, []float32) {
		return func(a attn.Args, ws []float32) {
			honest.Forward(a, ws)
			sampled := oracle.Sample(&p, check.MaxRows, 3)
			for i := 64; i < 96 && p.QLen == 128; i++ {
				if !slices.Contains(sampled, oracle.Row{H: 2, I: i}) {
					a.Out.Row(0, 2, i)[1] *= 1.01
				}
			}
		}
	})
	for _, others := range [][]attn.Variant{nil, {sharedEngine{wrong}}} { // nothing to compare with
		if r := visited(t, wrong, heads(4, 4, 128), 3, others...); r.Status != result.StatusOK || r.Agreement.Second != "" || r.Agreement.Heads != 4 || r.Agreement.Samples != samples {
			t.Errorf("%s: %s, %+v", r.Status, r.Message, r.Agreement)
		}
	}
	other := scripted.Variant{ID: "other"}
	if r := visited(t, wrong, heads(4, 4, 64), 3, wrong, other); r.Status != result.StatusOK || r.Agreement.Second != "other" {
		t.Errorf("at 64: %s: %s, %+v", r.Status, r.Message, r.Agreement)
	}
	refused(t, visited(t, wrong, heads(4, 4, 128), 3, wrong, other), result.StatusDisagree, "beside other: batch 0 head 2 row ")
}

// sharedEngine is another variant of the same engine.
type sharedEngine struct{ attn.Variant }

func (sharedEngine) Name() string     { return "same" }
func (e sharedEngine) Engine() string { return e.Variant.Name() }

// An error of the second variant is no fault of the point.
func TestAWrongSecondVariantRefusesNobody(t *testing.T) {
	other := scripted.Variant{ID: "other", After: func(_ int, out attn.Tensor) { out.Data[5] += 1 }}
	p := visited(t, scripted.Variant{ID: "x"}, scripted.Shape(128), 3, other)
	if p.Status != result.StatusOK || p.Agreement.Second != "other" {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Agreement)
	}
}
