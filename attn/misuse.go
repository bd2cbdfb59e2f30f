package attn

import "fmt"

// MisuseError is what Forward, Select, Extend and [Merge] panic with where a caller breaks
// their contract: a workspace that is too short, a tensor of another shape, an output that
// overlaps another tensor. A recovered panic is one of these where errors.As says so.
type MisuseError struct {
	Tensor string // a field of Args, a parameter of Merge, or workspace
	Is     string // what the tensor has, as "shape [1 4 9 64]"
	Want   string // what it must have, as "[1 4 8 64]"
}

// Error implements error, in one line.
func (e *MisuseError) Error() string {
	return fmt.Sprintf("attn: %s has %s: want %s", e.Tensor, e.Is, e.Want)
}

// The functions below are the only ones in which a misuse allocates.

func panicOfShape(name string, t *Tensor, want [4]int) {
	text := fmt.Sprint(want)
	if want == [4]int{} {
		text = "none"
	}
	panic(&MisuseError{name, fmt.Sprintf("shape %v", t.Shape), text})
}

func panicOutside(name string, t *Tensor) {
	panic(&MisuseError{name, fmt.Sprintf("strides %v", t.Stride), fmt.Sprintf("its shape %v to lie within its %d float32s", t.Shape, len(t.Data))})
}

func panicFolded(name string, t *Tensor) {
	panic(&MisuseError{name, fmt.Sprintf("strides %v", t.Stride), fmt.Sprintf("rows of shape %v that share no memory", t.Shape)})
}

func panicOfLength(name string, is int, want string) {
	panic(&MisuseError{name, fmt.Sprintf("%d float32s", is), want})
}

func panicOverlap(output, other string) {
	panic(&MisuseError{output, "memory in common with " + other, "memory of its own"})
}

func panicOfLogScale(b, g int, c float32) {
	panic(&MisuseError{"LogScale0", fmt.Sprintf("%v at kv head %d of batch entry %d", c, g, b), "a finite number"})
}
