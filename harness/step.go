package harness

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/input"
)

// readBytes is what a decoder of p must read to answer one more token of every batch
// entry, p.KVLen tokens with the new one. A softmax reads, for every key/value head,
// the rows of K and V that the last query sees, where its query heads differ of the
// one that sees most:
//
//	4·Σ_b Σ_g visible(b, g)·(D + Dv)
//
// A linear rule reads S [M, Dv] and its normaliser z [M] of every key/value head,
// 4·B·Hkv·M·(Dv + 1), a recurrent one S alone. Of a mask that shows all keys so far
// it is the cache, whole.
func readBytes(p attn.Problem) int64 {
	if p.Rule.Kind != attn.Softmax {
		return stateBytes(p) * int64(p.Batch) * int64(p.KVHeads)
	}
	p.QLen = 1
	m := p.VisibilityMask()
	var rows int64
	for b := range p.Batch {
		most := make([]int, p.KVHeads)
		for h := range p.QHeads {
			g := p.KVHead(h)
			most[g] = max(most[g], attn.VisibleIn(m, b, h, p.Start(b), p.Keys(b)))
		}
		for _, n := range most {
			rows += int64(n)
		}
	}
	return 4 * rows * int64(p.HeadDim+p.ValueDim)
}

// denseBytes is the cache of a decoder of p that keeps every row of K and V.
func denseBytes(p attn.Problem) int64 {
	return 4 * int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen) * int64(p.HeadDim+p.ValueDim)
}

// newState makes a State; a panic becomes an error.
func newState(v attn.Variant, p attn.Problem, o attn.Options) (st attn.State, err error) {
	d, ok := v.(attn.Decoder)
	if !ok {
		return nil, fmt.Errorf("%s: keeps no state of a sequence: %w", v.Name(), errors.ErrUnsupported)
	}
	defer func() {
		if r := recover(); r != nil {
			st, err = nil, fmt.Errorf("NewState panicked: %v", r)
		}
	}()
	return d.NewState(p, o)
}

// narrow is p for one head of few dimensions, so that a State of any capacity is cheap.
func narrow(p attn.Problem, capacity int) attn.Problem {
	p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 1, 1, 1, 1, capacity, 4, 4
	if p.LogDecay != nil {
		p.LogDecay = p.LogDecay[:1]
	}
	return p
}

// flatFrom is the capacity from which on the State of a variant that keeps a bounded
// number of rows is as large as it gets.
const flatFrom = 128 << 10

// isFlat reports whether the State of v under p does not grow with its capacity.
func isFlat(v attn.Variant, p attn.Problem, o attn.Options) bool {
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

// appendTo and extend call the State; a panic becomes an error.
func appendTo(st attn.State, a attn.Args, n []int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Append panicked: %v", r)
		}
	}()
	a.Q, a.Out = attn.Tensor{}, attn.Tensor{}
	return st.Append(a, n)
}

func extend(st attn.State, a attn.Args, n []int, ws []float32) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Extend panicked: %v", r)
		}
	}()
	return st.Extend(a, n, ws)
}
