package splitkv_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/input"
	"attnbench/internal/kernel"
	"attnbench/internal/oracle"
	"attnbench/variants/flash"
	"attnbench/variants/naive"
	"attnbench/variants/sparse"
)

var decoders = []attn.Decoder{naive.New(), flash.New(), sparse.New()}

func problem(batch, hq, hkv, n, longest, d, dv int) attn.Problem {
	return attn.Problem{Batch: batch, QHeads: hq, KVHeads: hkv, QLen: longest, KVLen: n, HeadDim: d, ValueDim: dv, Mask: attn.Causal()}
}

func problems() map[string]attn.Problem {
	list := map[string]attn.Problem{}
	add := func(name string, change func(*attn.Problem)) {
		p := problem(2, 4, 2, 150, 40, 33, 17)
		change(&p)
		list[name] = p
	}
	add("causal", func(*attn.Problem) {})
	add("group of 8", func(p *attn.Problem) { p.QHeads, p.KVHeads = 8, 1 })
	add("window", func(p *attn.Problem) { p.Mask = attn.Window{Left: 20, Right: 0} })
	add("window 0", func(p *attn.Problem) { p.Mask = attn.Window{Left: 0, Right: 0} })
	add("streaming", func(p *attn.Problem) { p.Mask = mask.StreamingLLM(5, 20) })
	add("streaming alibi", func(p *attn.Problem) { p.Mask, p.ALiBi = mask.StreamingLLM(5, 20), attn.ALiBiSlopes(4) })
	add("alibi", func(p *attn.Problem) { p.ALiBi = attn.ALiBiSlopes(4) })
	add("softcap", func(p *attn.Problem) { p.Softcap, p.ALiBi = 2, attn.ALiBiSlopes(4) })
	add("sinks", func(p *attn.Problem) { p.SinkLogits = []float32{0, 1, -2, 5} })
	add("scale", func(p *attn.Problem) { p.Scale = attn.ScaleOf(-0.7) })
	add("strided", func(p *attn.Problem) { p.Mask = mask.Strided{Stride: 7} })
	return list
}

// Any way to cut a sequence gives what one Forward gives.
func TestSegmentsEqualTheWhole(t *testing.T) {
	for name, p := range problems() {
		for _, v := range decoders {
			for _, isa := range kernel.Names() {
				t.Run(fmt.Sprintf("%s/%s/%s", name, v.Name(), isa), func(t *testing.T) {
					whole := p
					whole.QLen, whole.QueryStart = p.KVLen, make([]int, p.Batch)
					a, err := input.Args(whole, "gaussian", 3)
					if err != nil {
						t.Fatal(err)
					}
					a.LSE = make([]float32, p.Batch*p.QHeads*p.KVLen)
					want := oracle.ExpectAll(whole, a, oracle.Sample(&whole, 1<<20, 1))
					for seed := range uint64(3) {
						extend(t, v, p, a, isa, seed)
						if verdict := oracle.Compare(&whole, want, a.Out, a.LSE); verdict.First != "" {
							t.Fatalf("seed %d: %s (%.3g times its budget)", seed, verdict.First, verdict.Worst)
						}
					}
				})
			}
		}
	}
}

// extend computes all outputs of a, in chunks cut at random.
func extend(t *testing.T, v attn.Decoder, p attn.Problem, a attn.Args, isa string, seed uint64) {
	s, err := v.NewState(p, attn.Options{ISA: isa, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	ws := make([]float32, s.Workspace())
	for {
		n, rows := make([]int, p.Batch), 1+rng.IntN(p.QLen)
		if rng.IntN(2) == 0 {
			rows = 1 + rng.IntN(3)
		}
		total := 0
		for b := range n {
			n[b] = min(rng.IntN(rows+1), p.KVLen-s.Len(b))
			total += n[b]
		}
		if total == 0 {
			if s.Len(0) == p.KVLen && s.Len(p.Batch-1) == p.KVLen {
				return
			}
			continue
		}
		segment := attn.Args{
			Q: attn.NewTensor(p.Batch, p.QHeads, rows, p.HeadDim), K: attn.NewTensor(p.Batch, p.KVHeads, rows, p.HeadDim),
			V: attn.NewTensor(p.Batch, p.KVHeads, rows, p.ValueDim), Out: attn.NewTensor(p.Batch, p.QHeads, rows, p.ValueDim),
			LSE: make([]float32, p.Batch*p.QHeads*rows),
		}
		for b := range n {
			at := s.Len(b)
			for i := range n[b] {
				for h := range p.QHeads {
					copy(segment.Q.Row(b, h, i), a.Q.Row(b, h, at+i))
				}
				for g := range p.KVHeads {
					copy(segment.K.Row(b, g, i), a.K.Row(b, g, at+i))
					copy(segment.V.Row(b, g, i), a.V.Row(b, g, at+i))
				}
			}
		}
		if err := s.Extend(segment, n, ws); err != nil {
			t.Fatal(err)
		}
		for b := range n {
			at := s.Len(b) - n[b]
			for i := range n[b] {
				for h := range p.QHeads {
					copy(a.Out.Row(b, h, at+i), segment.Out.Row(b, h, i))
					a.LSE[(b*p.QHeads+h)*p.KVLen+at+i] = segment.LSE[(b*p.QHeads+h)*rows+i]
				}
			}
		}
	}
}
