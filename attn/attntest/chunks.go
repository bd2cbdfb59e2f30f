package attntest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// cut is a way to cut sequences into chunks.
type cut struct {
	name   string
	chunks []chunk
}

func (x chunk) String() string {
	if x.append {
		return fmt.Sprintf("Append of %v", x.n)
	}
	return fmt.Sprintf("Extend by %v", x.n)
}

// upTo are chunks of size tokens that take all entries from lens to limit; one that
// has fewer left takes those.
func upTo(lens, limit []int, size int, append_ bool) []chunk {
	var list []chunk
	for at := slices.Clone(lens); ; {
		n := make([]int, len(at))
		for b := range at {
			n[b] = min(size, limit[b]-at[b])
			at[b] += n[b]
		}
		if slices.Max(n) == 0 {
			return list
		}
		list = append(list, chunk{n, slices.Max(n), append_})
	}
}

// mixed are chunks of any size up to p.QLen, other ones for every entry and sometimes
// none, of rows that nobody takes too; and with appends some up to three times as long.
func mixed(p attn.Problem, lens, limit []int, stream uint64, appends bool) []chunk {
	rng := rand.New(rand.NewPCG(seed, stream))
	var list []chunk
	for at := slices.Clone(lens); !slices.Equal(at, limit); {
		longest, x := p.QLen, chunk{n: make([]int, len(at))}
		switch rng.IntN(4) {
		case 0:
			longest = 1
		case 1:
			if x.append = appends; appends {
				longest *= 3
			}
		}
		for b := range at {
			if rng.IntN(4) > 0 {
				x.n[b] = min(1+rng.IntN(longest), limit[b]-at[b])
			}
			at[b] += x.n[b]
		}
		if x.rows = slices.Max(x.n); x.rows > 0 {
			x.rows = min(x.rows+rng.IntN(2), longest)
			list = append(list, x)
		}
	}
	return list
}

// zeros are the lengths of empty sequences.
func zeros(p attn.Problem) []int { return make([]int, p.Batch) }

// cuts are the ways to cut c: single steps, the longest Extends, what lies between,
// and Append for some of the chunks.
func (c decoding) cuts(stream uint64) []cut {
	none := zeros(c.p)
	return []cut{
		{"single steps", upTo(none, c.lens, 1, false)},
		{"the longest chunks", upTo(none, c.lens, c.p.QLen, false)},
		{"mixed chunks", mixed(c.p, none, c.lens, stream, false)},
		{"mixed chunks, some appended", mixed(c.p, none, c.lens, stream+1, true)},
	}
}

// causalMasks are those of a State: windows of no key, of fewer than a chunk has, and
// of more than there are, with sinks and with gaps.
func causalMasks() []attn.Mask {
	return []attn.Mask{
		attn.Causal(), attn.Window{Left: 0}, attn.Window{Left: 5}, attn.Window{Left: 31}, attn.Window{Left: 200},
		mask.StreamingLLM(2, 9), mask.StreamingLLM(20, 3), mask.StreamingLLM(1, 0), mask.StreamingLLM(100, 4),
		mask.Strided{Stride: 6}, mask.Fixed{Block: 8, Summary: 2}, mask.Dilated{Left: 4, Step: 3},
		mask.And(attn.Causal(), mask.Longformer(3, attn.Window{Left: 7, Right: 7})), mask.And(attn.Window{Left: 12}, mask.Strided{Stride: 5}),
		mask.And(attn.Causal(), mask.BigBird(8, 1, 1, 1, 2, 80, 5)), mask.And(attn.Causal(), mask.NewDocuments(20, 1, 30, 60)),
		mask.Or(attn.Window{Left: 2}, mask.Dilated{Left: 3, Step: 11}), mask.And(attn.Causal(), mask.Sinks{Tokens: 6}),
		mask.And(attn.Causal(), mask.Predicate("q+k+b even", func(b, h, q, k int) bool { return (q+k+h+b)%2 == 0 })),
	}
}

// decodings are the cases of extend and append.
func decodings() []decoding {
	var list []decoding
	add := func(p attn.Problem, lens ...int) { list = append(list, decoding{testCase{p, "gaussian"}, lens}) }
	base := problem(2, 4, 2, 24, 90, 9, 6)
	for _, base.Mask = range causalMasks() {
		add(base, 90, 41)
	}
	for i, shape := range []attn.Problem{
		problem(1, 1, 1, 1, 1, 1, 1), problem(1, 2, 2, 64, 70, 64, 64), problem(3, 8, 1, 20, 67, 16, 33), problem(1, 6, 2, 40, 66, 33, 8),
		problem(2, 8, 2, 17, 33, 80, 65), problem(4, 2, 1, 3, 35, 5, 17),
	} {
		for _, shape.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 11}, mask.StreamingLLM(3, 6)} {
			lens := make([]int, shape.Batch)
			for b := range lens {
				lens[b] = max(1, shape.KVLen-(7+i)*b)
			}
			add(shape, lens...)
		}
	}
	short := problem(2, 2, 1, 2, 300, 4, 8) // whose cache of a window turns over many times
	for _, short.Mask = range []attn.Mask{attn.Window{Left: 6}, mask.StreamingLLM(3, 5)} {
		add(short, 300, 199)
	}
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 10}, mask.StreamingLLM(4, 7), mask.Strided{Stride: 7}} {
		for _, set := range []func(*attn.Problem){
			func(p *attn.Problem) { p.Scale = attn.ScaleOf(-0.5) },
			func(p *attn.Problem) { p.Softcap = 1.5 },
			func(p *attn.Problem) { p.ALiBi = []float32{0.5, -0.25, 1, 0} },
			func(p *attn.Problem) { p.SinkLogits = []float32{0, 2, -30, 30} },
			func(p *attn.Problem) {
				p.Softcap, p.ALiBi, p.SinkLogits, p.Scale = 2, []float32{1, -1, 0.1, 0}, []float32{1, -2, 0, 3}, attn.ScaleOf(1)
			},
		} {
			p := base
			set(&p)
			add(p, 60, 71)
		}
	}
	base.Mask = attn.Causal()
	for _, p := range append(recurrent(base), linears(base)...) {
		add(p, 90, 41)
	}
	wide := problem(1, 2, 1, 40, 100, 16, 33)
	wide.Mask = attn.Causal()
	for _, p := range append(recurrent(wide), linears(wide)...) {
		add(p, 100)
	}
	return list
}

// fewDecodings are for rules that compare one State with another.
func fewDecodings() []decoding {
	var list []decoding
	base := problem(2, 4, 2, 16, 70, 9, 6)
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 5}, attn.Window{Left: 30}, mask.StreamingLLM(3, 8), mask.Strided{Stride: 6}} {
		list = append(list, decoding{testCase{base, "gaussian"}, []int{61, 45}})
	}
	modified := base
	modified.Mask, modified.Softcap, modified.ALiBi, modified.SinkLogits = attn.Causal(), 2, []float32{1, 0.5, 0.25, 0}, []float32{1, -2, 0, 3}
	list = append(list, decoding{testCase{modified, "gaussian"}, []int{45, 61}})
	base.Mask = attn.Causal()
	for _, p := range append(recurrent(base), linears(base)...) {
		list = append(list, decoding{testCase{p, "gaussian"}, []int{61, 45}})
	}
	return list
}

// longDecodings are of sequences long enough that their keys are split among workers,
// that a rolling cache wraps many times, and that what is folded has grown.
func longDecodings() []decoding {
	var list []decoding
	base := problem(2, 4, 2, 48, 8300, 4, 4)
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 33}, attn.Window{Left: 4200}, mask.StreamingLLM(4, 90)} {
		list = append(list, decoding{testCase{base, "gaussian"}, []int{8260, 300}})
	}
	base.Mask = attn.Causal()
	for _, base.Rule = range []attn.Rule{linearRule, {Kind: attn.Recurrent}, {Kind: attn.Recurrent, Decay: attn.DimDecay, Delta: true}} {
		list = append(list, decoding{testCase{base, "gaussian"}, []int{8260, 300}})
	}
	return list
}
