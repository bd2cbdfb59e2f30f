package check

import (
	"testing"

	"attnbench/attn"
)

func TestEveryChangedInputIsNamed(t *testing.T) {
	a := attn.Args{LogScale0: make([]float32, 2)}
	for _, x := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta, &a.Projection, &a.State0, &a.Norm0} {
		*x = attn.NewTensor(1, 1, 1, 2)
	}
	before := DigestInputs(a)
	if why := before.Changed(a); why != "" {
		t.Error(why)
	}
	for _, x := range inputs {
		x.of(a)[1]++
		if why := before.Changed(a); why != "changed its input "+x.name {
			t.Errorf("%s: %q", x.name, why)
		}
		x.of(a)[1]--
	}
}
