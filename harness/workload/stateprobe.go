package workload

import (
	"attnbench/attn"
	"attnbench/internal/input"
)

// narrow is p with one head of few dimensions, so that a State of any capacity is cheap.
func narrow(p attn.Problem, capacity int) attn.Problem {
	p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 1, 1, 1, 1, capacity, 4, 4
	if p.LogDecay != nil {
		p.LogDecay = p.LogDecay[:1]
	}
	return p
}

// flatFrom is a capacity at which every State with a bounded number of rows has reached
// its full size.
const flatFrom = 128 << 10

// IsFlat reports whether the State of v under p does not grow with its capacity.
func IsFlat(v attn.Variant, p attn.Problem, o attn.Options) bool {
	var sizes [2]int64
	for i := range sizes {
		st, err := newState(v, narrow(p, flatFrom<<i), o)
		if err != nil {
			return false
		}
		sizes[i] = st.Bytes()
	}
	return sizes[0] == sizes[1]
}

// rewinds reports whether the State of v under p can drop its last token.
func rewinds(v attn.Variant, p attn.Problem, o attn.Options) bool {
	p = narrow(p, 4)
	st, err := newState(v, p, o)
	if err != nil {
		return false
	}
	p.KVLen = 2
	a, err := input.Args(p, input.Profiles()[0], 1)
	if err != nil {
		return false
	}
	return appendTo(st, a, nil) == nil && st.Truncate(0, 1) == nil
}
