package kit

import (
	"fmt"
	"sync"

	"attnbench/attn"
)

// remembered keeps results by their keys, for all variants that a process tries.
var remembered sync.Map

// Remembered returns what make returns for the numbers of c, and asks make once in a process:
// two forms of one variant share what the oracle says. what tells kinds of results apart.
// The caller must not change the result. Masks beside full and causal are not told apart by
// their texts alone, so there make is asked every time.
func Remembered[T any](c Case, what string, make func() T) T {
	if m := c.P.VisibilityMask(); m != attn.Full() && m != attn.Causal() {
		return make()
	}
	once, _ := remembered.LoadOrStore(fmt.Sprintf("%s of %v", what, c), sync.OnceValue(make))
	return once.(func() T)()
}
