package kit

import (
	"attnbench/attn"
	"attnbench/internal/guard"
)

// Scattered copies t into a [batch, row, head, dim] buffer between fences, with a
// gap after every row, beginning shift floats off its alignment.
func Scattered(name string, t attn.Tensor, shift int) (attn.Tensor, *guard.Buffer) {
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

// Spread returns a with all tensors scattered, each with another shift, and their buffers.
func Spread(a attn.Args, shift int) (attn.Args, []*guard.Buffer) {
	var fences []*guard.Buffer
	for _, t := range []struct {
		name   string
		tensor *attn.Tensor
	}{{"Q", &a.Q}, {"K", &a.K}, {"V", &a.V}, {"Out", &a.Out}, {"Bias", &a.Bias}, {"Decay", &a.Decay}, {"Beta", &a.Beta}} {
		if t.tensor.Data == nil {
			continue
		}
		view, fence := Scattered(t.name, *t.tensor, shift%4)
		*t.tensor, fences, shift = view, append(fences, fence), shift+1
	}
	return a, fences
}

// Spoil overwrites row j of every head of t's batch entry b.
func Spoil(t attn.Tensor, b, j int, x float32) {
	for h := range t.Shape[1] {
		row := t.Row(b, h, j)
		for c := range row {
			row[c] = x
		}
	}
}

// Clone returns a copy of t.
func Clone(t attn.Tensor) attn.Tensor {
	t.Data = append([]float32(nil), t.Data...)
	return t
}

// Entry returns batch entry b of t.
func Entry(t attn.Tensor, b int) attn.Tensor {
	if t.Data == nil {
		return t
	}
	t.Data, t.Shape[0] = t.Data[b*t.Stride[0]:], 1
	return t
}

// Head returns head h of t's batch entry b.
func Head(t attn.Tensor, b, h int) attn.Tensor {
	t = Entry(t, b)
	t.Data, t.Shape[1] = t.Data[h*t.Stride[1]:], 1
	return t
}

// NaN returns n NaNs.
func NaN(n int) []float32 {
	x := make([]float32, n)
	guard.Poison(x)
	return x
}

// IsNaN reports whether x is NaN.
func IsNaN(x float32) bool { return x != x }
