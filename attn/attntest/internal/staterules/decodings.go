package staterules

import (
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
	"attnbench/internal/oracle"
)

// decoding is a case of a State: its Problem, whose KVLen is the capacity, and the number of
// tokens that each batch entry takes.
type decoding struct {
	kit.Case
	lens []int // [Batch]
}

// whole returns the case of one Forward over all the tokens.
func (c decoding) whole() kit.Case {
	p := c.P
	p.QLen, p.KVLen = slices.Max(c.lens), slices.Max(c.lens)
	p.QueryStart = make([]int, p.Batch)
	if slices.Min(c.lens) < p.KVLen {
		p.KVLens = c.lens
	}
	return c.With(p)
}

// decodedRows is the number of rows of a case that the oracle evaluates at most. It is more
// than of a Forward, since each of many chunks may go wrong by itself.
const decodedRows = 160

// expected returns what the oracle computes from one Forward over the whole of a.
func (c decoding) expected(a attn.Args) []oracle.Expected {
	p := c.whole().P
	rows := slices.DeleteFunc(oracle.Sample(&p, decodedRows, kit.Seed), func(r oracle.Row) bool { return r.I >= c.lens[r.B] })
	return oracle.ExpectAll(p, a, rows)
}

// causalMasks are masks of a State: windows narrower than a chunk and wider than the
// sequence, with sinks and with gaps.
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
	add := func(p attn.Problem, lens ...int) { list = append(list, decoding{kit.Gaussian(p), lens}) }
	base := kit.Problem(2, 4, 2, 24, 90, 9, 6)
	for _, base.Mask = range causalMasks() {
		add(base, 90, 41)
	}
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 31}} {
		for _, ramp := range kit.Ramps() { // only the distance of such scores from the largest has an exp
			list = append(list, decoding{kit.Case{P: base, Profile: ramp}, []int{90, 41}})
		}
	}
	for i, shape := range []attn.Problem{
		kit.Problem(1, 1, 1, 1, 1, 1, 1), kit.Problem(1, 2, 2, 64, 70, 64, 64), kit.Problem(3, 8, 1, 20, 67, 16, 33), kit.Problem(1, 6, 2, 40, 66, 33, 8),
		kit.Problem(2, 8, 2, 17, 33, 80, 65), kit.Problem(4, 2, 1, 3, 35, 5, 17),
	} {
		for _, shape.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 11}, mask.StreamingLLM(3, 6)} {
			lens := make([]int, shape.Batch)
			for b := range lens {
				lens[b] = max(1, shape.KVLen-(7+i)*b)
			}
			add(shape, lens...)
		}
	}
	short := kit.Problem(2, 2, 1, 2, 300, 4, 8) // a ring buffer of these wraps many times
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
	for _, p := range append(kit.Recurrent(base), kit.Linears(base)...) {
		add(p, 90, 41)
	}
	wide := kit.Problem(1, 2, 1, 40, 100, 16, 33)
	wide.Mask = attn.Causal()
	for _, p := range append(kit.Recurrent(wide), kit.Linears(wide)...) {
		add(p, 100)
	}
	return list
}

// fewDecodings are the cases of rules that compare one State with another.
func fewDecodings() []decoding {
	var list []decoding
	base := kit.Problem(2, 4, 2, 16, 70, 9, 6)
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 5}, attn.Window{Left: 30}, mask.StreamingLLM(3, 8), mask.Strided{Stride: 6}} {
		list = append(list, decoding{kit.Gaussian(base), []int{61, 45}})
	}
	modified := base
	modified.Mask, modified.Softcap, modified.ALiBi, modified.SinkLogits = attn.Causal(), 2, []float32{1, 0.5, 0.25, 0}, []float32{1, -2, 0, 3}
	list = append(list, decoding{kit.Gaussian(modified), []int{45, 61}})
	base.Mask = attn.Causal()
	for _, p := range append(kit.Recurrent(base), kit.Linears(base)...) {
		list = append(list, decoding{kit.Gaussian(p), []int{61, 45}})
	}
	return list
}

// longDecodings are of sequences so long that split-KV cuts their keys, that a ring buffer
// wraps many times and that a recurrent state has grown.
func longDecodings() []decoding {
	var list []decoding
	base := kit.Problem(2, 4, 2, 48, 8300, 4, 4)
	for _, base.Mask = range []attn.Mask{attn.Causal(), attn.Window{Left: 33}, attn.Window{Left: 4200}, mask.StreamingLLM(4, 90)} {
		list = append(list, decoding{kit.Gaussian(base), []int{8260, 300}})
	}
	base.Mask = attn.Causal()
	for _, base.Rule = range []attn.Rule{kit.LinearRule, {Kind: attn.Recurrent}, {Kind: attn.Recurrent, Decay: attn.DimDecay, Delta: true}} {
		list = append(list, decoding{kit.Gaussian(base), []int{8260, 300}})
	}
	return list
}
