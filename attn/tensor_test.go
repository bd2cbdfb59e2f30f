package attn

import "testing"

func TestTensorViews(t *testing.T) {
	data := make([]float32, 2*3*4*5)
	for i := range data {
		data[i] = float32(i)
	}
	packed := Packed(data, 2, 3, 4, 5)
	if got := packed.Row(1, 2, 3)[4]; got != 119 {
		t.Errorf("the last element is %v", got)
	}
	// The same data read as [batch, row, head, dim].
	view := Tensor{Data: data, Shape: [4]int{2, 4, 3, 5}, Stride: [3]int{60, 5, 20}}
	if got := view.Row(1, 3, 2)[0]; got != 60+15+40 {
		t.Errorf("row 2 of head 3 begins with %v", got)
	}
	if rows := packed.Rows(1, 3); rows.Shape[2] != 2 || rows.Row(1, 2, 0)[0] != packed.Row(1, 2, 1)[0] {
		t.Errorf("Rows(1, 3) begins with %v", rows.Row(1, 2, 0))
	}
	if row := packed.Row(0, 0, 0); cap(row) != 5 {
		t.Errorf("a row has room for %d elements: appending would overwrite the next", cap(row))
	}
}

func TestCheckPanics(t *testing.T) {
	p := Problem{Batch: 1, QHeads: 2, KVHeads: 1, QLen: 3, KVLen: 4, HeadDim: 5, ValueDim: 6}
	good := func() Args {
		return Args{Out: NewTensor(1, 2, 3, 6), Q: NewTensor(1, 2, 3, 5), K: NewTensor(1, 1, 4, 5), V: NewTensor(1, 1, 4, 6), LSE: make([]float32, 6)}
	}
	ws := make([]float32, 10)
	linear := p
	linear.Rule.Kind = Linear
	for _, c := range []struct {
		name string
		set  func(*Args)
		ws   []float32
		p    Problem
		want string // of the panic; "" is none
	}{
		{"good", func(*Args) {}, ws, p, ""},
		{"broadcast keys", func(a *Args) { a.K.Stride[2] = 0 }, ws, p, ""},
		{"short workspace", func(*Args) {}, ws[:9], p, "workspace has 9 float32s: want at least 10"},
		{"Q of another shape", func(a *Args) { a.Q = NewTensor(1, 2, 4, 5) }, ws, p, "Q has shape [1 2 4 5]: want [1 2 3 5]"},
		{"K of another head", func(a *Args) { a.K = NewTensor(1, 2, 4, 5) }, ws, p, "K has shape [1 2 4 5]: want [1 1 4 5]"},
		{"V too short", func(a *Args) { a.V.Data = a.V.Data[:23] }, ws, p, "V has strides [24 24 6]: want its shape [1 1 4 6] to lie within its 23 float32s"},
		{"negative stride", func(a *Args) { a.V.Stride[2] = -6 }, ws, p, "V has strides [24 24 -6]"},
		{"stride whose product overflows", func(a *Args) { a.V.Stride[2] = 1 << 62 }, ws, p, "V has strides [24 24 4611686018427387904]"},
		{"stride of Out whose product overflows", func(a *Args) { a.Out.Stride[1], a.Out.Stride[2] = 1<<63-1, 1<<63-1 }, ws, p, "Out has strides [36 9223372036854775807 9223372036854775807]: want its shape"},
		{"Out with rows folded", func(a *Args) { a.Out.Stride[2] = 5 }, ws, p, "Out has strides [36 18 5]: want rows of shape [1 2 3 6] that share no memory"},
		{"Out with heads folded", func(a *Args) { a.Out.Stride[1] = 6 }, ws, p, "Out has strides [36 6 6]: want rows"},
		{"LSE too short", func(a *Args) { a.LSE = a.LSE[:5] }, ws, p, "LSE has 5 float32s: want Batch·QHeads·QLen = 6"},
		{"LSE of a linear rule", func(*Args) {}, ws, linear, "LSE has 6 float32s: want none, as Rule linear:elu1 has no LSE"},
		{"Out is Q", func(a *Args) { a.Out.Data = append(a.Q.Data, 0, 0, 0, 0, 0, 0)[:36]; a.Q.Data = a.Out.Data }, ws, p, "Out has memory in common with Q: want memory of its own"},
		{"workspace is Out", func(a *Args) { a.Out.Data = append(ws, make([]float32, 26)...); copy(ws, a.Out.Data) }, nil, p, "workspace has 0 float32s"},
		{"LSE in Out", func(a *Args) { a.LSE = a.Out.Data[:6] }, ws, p, "Out has memory in common with LSE"},
		{"LSE in the workspace", func(a *Args) { a.LSE = ws[:6] }, ws, p, "LSE has memory in common with workspace"},
		{"K in the workspace", func(a *Args) { a.K.Stride, a.K.Data = [3]int{0, 0, 0}, ws[5:] }, ws, p, "workspace has memory in common with K"},
	} {
		a := good()
		c.set(&a)
		checkMisuse(t, c.name, func() { a.Check(&c.p, c.ws, 10) }, c.want)
	}
}
