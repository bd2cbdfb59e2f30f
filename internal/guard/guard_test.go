package guard

import (
	"math"
	"testing"
)

func TestCheckSeesWritesOutside(t *testing.T) {
	for shift := range 3 {
		for _, at := range []int{-1, -64, 10, 73} {
			b := New("x", 10, shift)
			for i := range b.Data() {
				b.Data()[i] = 1
			}
			if err := b.Check(); err != nil {
				t.Fatalf("writes inside are seen: %v", err)
			}
			b.all[fence+shift+at] = 1
			if b.Check() == nil {
				t.Errorf("a write to element %d of 10 is not seen", at)
			}
		}
	}
}

func TestBufferHoldsNaNAndHasNoSpareCapacity(t *testing.T) {
	b := New("x", 5, 1)
	for _, x := range b.Data() {
		if !math.IsNaN(float64(x)) {
			t.Errorf("a new buffer holds %v", x)
		}
	}
	if cap(b.Data()) != 5 {
		t.Errorf("capacity %d: appending would go unseen", cap(b.Data()))
	}
}

func TestSameTellsBits(t *testing.T) {
	zero, minus := float32(0), float32(math.Copysign(0, -1))
	if _, same := Same([]float32{zero}, []float32{minus}); same {
		t.Error("0 and -0 are the same")
	}
	nan := []float32{float32(math.NaN())}
	if _, same := Same(nan, nan); !same {
		t.Error("a NaN is not the same as itself")
	}
}
