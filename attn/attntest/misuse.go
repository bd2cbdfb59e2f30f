package attntest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
)

// sets plans on every kernel set that the variant lists, and on one that does not exist.
func sets(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		for _, isa := range k.ISAs() {
			k.Plan(c, attn.Options{ISA: isa})
		}
		_, err := k.Variant.Plan(c.P, attn.Options{ISA: "no such set"})
		if !errors.Is(err, errors.ErrUnsupported) {
			k.Fail("%v: a kernel set that does not exist gives the error %v", c, err)
		}
	}
}

// invalid plans inconsistent Problems and Options. None may pass for merely unsupported: no
// variant could compute it.
func invalid(k *kit.Kit) {
	for _, c := range kit.Each(k, few()[:4]) {
		_, err := k.Variant.Plan(c.P, attn.Options{Workers: -1})
		if !errors.Is(err, errors.ErrUnsupported) && (err == nil || !strings.Contains(err.Error(), "Workers")) {
			k.Fail("%v: Plan for -1 workers gives the error %v: want one that names Workers", c, err)
		}
	}
	wrong := kit.Inconsistent()
	for _, field := range kit.Each(k, slices.Sorted(maps.Keys(wrong))) {
		p := wrong[field]
		k.Guarded("Plan of a Problem with a wrong "+field, func() {
			_, err := k.Variant.Plan(p, attn.Options{})
			switch {
			case err == nil:
				k.Fail("Plan took a Problem with a wrong %s: %v", field, p)
			case errors.Is(err, errors.ErrUnsupported):
				k.Fail("a wrong %s is said to be unsupported: %v", field, err)
			case !strings.Contains(err.Error(), field):
				k.Fail("a wrong %s is refused by an error that does not name it: %v", field, err)
			}
		})
	}
}

// misuse calls Forward wrongly, which must panic with an attn.MisuseError.
func misuse(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		plan := k.Plan(c, attn.Options{})
		if plan == nil {
			continue
		}
		good := k.Numbers(c)
		n := plan.Workspace()
		for _, wrong := range []struct {
			what, tensor string // tensor: what the error must name
			call         func()
		}{
			{"a short workspace", "workspace", func() {
				if n == 0 { // nothing to shorten
					panic(&attn.MisuseError{Tensor: "workspace"})
				}
				plan.Forward(good, make([]float32, n-1))
			}},
			{"a Q of another shape", "Q", func() {
				a := good
				a.Q = attn.NewTensor(c.P.Batch, c.P.QHeads, c.P.QLen+1, c.P.HeadDim)
				plan.Forward(a, make([]float32, n))
			}},
			{"a Bias that is missing or not asked for", "Bias", func() {
				a := good
				if a.Bias = attn.NewTensor(1, 1, c.P.QLen, c.P.KVLen); c.P.Bias != (attn.BiasShape{}) {
					a.Bias = attn.Tensor{}
				}
				plan.Forward(a, make([]float32, n))
			}},
			{"an Out of another shape", "Out", func() {
				a := good
				a.Out = attn.NewTensor(c.P.Batch, c.P.QHeads, c.P.QLen, c.P.ValueDim+1)
				plan.Forward(a, make([]float32, n))
			}},
			{"a K of another head more", "K", func() {
				a := good
				a.K = attn.NewTensor(c.P.Batch, c.P.KVHeads+1, c.P.KVLen, c.P.HeadDim)
				plan.Forward(a, make([]float32, n))
			}},
			{"a V with a negative stride", "V", func() {
				a := good
				a.V.Stride[2] = -c.P.ValueDim
				plan.Forward(a, make([]float32, n))
			}},
			{"an Out whose rows share memory", "Out", func() {
				a := good
				a.Out.Shape = [4]int{c.P.Batch, c.P.QHeads, c.P.QLen, c.P.ValueDim}
				if a.Out.Stride = [3]int{0, 0, 0}; c.P.Batch*c.P.QHeads*c.P.QLen == 1 { // it has one row
					panic(&attn.MisuseError{Tensor: "Out"})
				}
				plan.Forward(a, make([]float32, n))
			}},
			{"a workspace that overlaps Q", "workspace", func() {
				if n == 0 {
					panic(&attn.MisuseError{Tensor: "workspace"})
				}
				a := good
				shared := make([]float32, n+len(a.Q.Data))
				a.Q.Data = shared[n-1:][:len(a.Q.Data)]
				plan.Forward(a, shared[:n])
			}},
			{"an LSE that overlaps Out, or of no softmax", "LSE", func() {
				a := good
				a.LSE = a.Out.Data[:c.P.Batch*c.P.QHeads*c.P.QLen]
				plan.Forward(a, make([]float32, n))
			}},
			{"a V whose data is too short", "V", func() {
				a := good
				a.V.Data = a.V.Data[:len(a.V.Data)-1]
				plan.Forward(a, make([]float32, n))
			}},
			{"an Out that overlaps V", "Out", func() {
				a := good
				shared := make([]float32, len(a.V.Data)+len(a.Out.Data))
				a.V.Data, a.Out.Data = shared[:len(a.V.Data)], shared[len(a.V.Data)-1:]
				plan.Forward(a, make([]float32, n))
			}},
			{"a Decay that is missing or not asked for", "Decay", func() {
				a := good
				if a.Decay = attn.NewTensor(c.P.Batch, c.P.KVHeads, c.P.KVLen, 1); good.Decay.Data != nil {
					a.Decay = attn.Tensor{}
				}
				plan.Forward(a, make([]float32, n))
			}},
			{"a Projection of another shape", "Projection", func() {
				a := good
				a.Projection = attn.NewTensor(1, 1, c.P.Features(), c.P.HeadDim+1)
				plan.Forward(a, make([]float32, n))
			}},
			{"a State0 of another shape", "State0", func() {
				a := good
				a.State0 = attn.NewTensor(c.P.Batch, c.P.KVHeads, c.P.Features()+1, c.P.ValueDim)
				plan.Forward(a, make([]float32, n))
			}},
			{"an LSE of another length", "LSE", func() {
				a := good
				a.LSE = make([]float32, c.P.Batch*c.P.QHeads*c.P.QLen+1)
				plan.Forward(a, make([]float32, n))
			}},
		} {
			guard.Poison(good.Out.Data)
			if why := kit.NoMisuse(kit.PanicOf(wrong.call), wrong.tensor); why != "" {
				k.Fail("%v: Forward of %s %s", c, wrong.what, why)
			} else if at, same := guard.Same(good.Out.Data, kit.NaN(len(good.Out.Data))); !same {
				k.Fail("%v: Forward of %s panics after it wrote element %d of Out", c, wrong.what, at)
			}
		}
	}
}
