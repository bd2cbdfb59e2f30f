package attn

import (
	"errors"
	"fmt"
	"testing"
)

// A caller that recovers can tell a misuse from any other panic, and what it was.
func TestAMisuseIsAnErrorThatNamesTheTensor(t *testing.T) {
	p := valid()
	a := NewArgs(p)
	a.Q = NewTensor(2, 4, 6, 3)
	err, _ := panicOf(func() { a.Check(&p, nil, 0) }).(error)
	var misuse *MisuseError
	if !errors.As(fmt.Errorf("step 3: %w", err), &misuse) || *misuse != (MisuseError{"Q", "shape [2 4 6 3]", "[2 4 5 3]"}) {
		t.Fatalf("the misuse is %+v, of the panic %v", misuse, err)
	}
	if got, want := misuse.Error(), "attn: Q has shape [2 4 6 3]: want [2 4 5 3]"; got != want {
		t.Errorf("the message is %q: want %q", got, want)
	}
}

// Every Forward checks its tensors.
func TestChecksOfAForwardDoNotAllocate(t *testing.T) {
	for _, rule := range []string{"softmax", "linear:favor:8:1", "gated-delta:dim"} {
		p := valid()
		with(rule, nil)(&p)
		good, ws := NewArgs(p), make([]float32, 10)
		switch p.Rule.Kind {
		case Softmax:
			good.LSE = make([]float32, p.Batch*p.QHeads*p.QLen)
		case Linear:
			good.StateN, good.NormN = NewTensor(2, 2, 8, p.ValueDim), NewTensor(2, 2, 1, 8)
		}
		if n := testing.AllocsPerRun(20, func() {
			a := good
			a.Check(&p, ws, 10)
		}); n != 0 {
			t.Errorf("%s: %v allocations", rule, n)
		}
	}
}
