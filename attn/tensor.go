package attn

import (
	"slices"
	"unsafe"
)

// Tensor is a strided [batch, head, row, dim] view of float32s. The dim elements
// of one row are contiguous; the other three strides are free, so that a
// [batch, row, head, dim] activation or one third of a fused QKV buffer is a
// Tensor without a copy.
type Tensor struct {
	Data   []float32
	Shape  [4]int // batch, head, row, dim
	Stride [3]int // elements from one batch entry, head, row to the next
}

// NewTensor allocates a packed, zeroed [b, h, n, d] tensor.
func NewTensor(b, h, n, d int) Tensor {
	return Packed(make([]float32, b*h*n*d), b, h, n, d)
}

// Packed views data, whose length must be at least b·h·n·d, as a packed
// [b, h, n, d] tensor.
func Packed(data []float32, b, h, n, d int) Tensor {
	return Tensor{Data: data, Shape: [4]int{b, h, n, d}, Stride: [3]int{h * n * d, n * d, d}}
}

// Row returns the dim elements of one row; writing to them writes to the tensor.
func (t Tensor) Row(b, h, i int) []float32 {
	at := t.offset(b, h, i)
	return t.Data[at : at+t.Shape[3] : at+t.Shape[3]]
}

// From returns the data from the first element of row (b, h, i) on: what a
// kernel reads together with the row stride.
func (t Tensor) From(b, h, i int) []float32 { return t.Data[t.offset(b, h, i):] }

func (t Tensor) offset(b, h, i int) int {
	return b*t.Stride[0] + h*t.Stride[1] + i*t.Stride[2]
}

// Rows returns the view of rows [lo, hi) of every batch entry and head.
func (t Tensor) Rows(lo, hi int) Tensor {
	t.Data = t.Data[lo*t.Stride[2]:]
	t.Shape[2] = hi - lo
	return t
}

// Elements is the number of elements of the shape, gaps not counted.
func (t Tensor) Elements() int { return t.Shape[0] * t.Shape[1] * t.Shape[2] * t.Shape[3] }

// extent is the number of elements from the first to the last, gaps counted.
func (t Tensor) extent() int {
	if t.Elements() == 0 {
		return 0
	}
	return t.offset(t.Shape[0]-1, t.Shape[1]-1, t.Shape[2]-1) + t.Shape[3]
}

// inside reports whether every element of the shape lies in Data.
func (t Tensor) inside() bool {
	for i, s := range t.Stride {
		// A division, as the product may overflow.
		if steps := t.Shape[i] - 1; s < 0 || steps > 0 && s > len(t.Data)/steps {
			return false
		}
	}
	return t.extent() <= len(t.Data)
}

// distinct reports whether no two elements of the shape share memory: from the
// innermost dimension out, each stride must clear what lies below it.
func (t Tensor) distinct() bool {
	order := [3]int{2, 1, 0}
	slices.SortFunc(order[:], func(i, j int) int { return t.Stride[i] - t.Stride[j] })
	below := t.Shape[3]
	for _, i := range order {
		if t.Shape[i] > 1 && t.Stride[i] < below {
			return false
		}
		below += (t.Shape[i] - 1) * t.Stride[i]
	}
	return true
}

func sliceOverlaps(a, b []float32) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	const size = unsafe.Sizeof(float32(0))
	a0, b0 := uintptr(unsafe.Pointer(unsafe.SliceData(a))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return a0 < b0+uintptr(len(b))*size && b0 < a0+uintptr(len(a))*size
}
