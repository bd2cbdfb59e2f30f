package invent

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
)

// combined is a pattern, or two masks combined, to the given depth.
func combined(s Source, p *attn.Problem, depth int) attn.Mask {
	keys := min(p.KVLen, 255)
	few, many := func() int { return s.Upto(9) }, func() int { return s.Upto(keys) }
	switch kind := s.Upto(16); kind {
	case 0:
		return attn.Full()
	case 1:
		return attn.Causal()
	case 2, 3:
		return attn.Window{Left: s.Upto(keys-1) - 1, Right: s.Upto(keys-1) - 1}
	case 4:
		return mask.Sinks{Tokens: many()}
	case 5:
		return mask.Global{Tokens: many()}
	case 6:
		return mask.Strided{Stride: 1 + many()%keys}
	case 7:
		block := 1 + s.Upto(70)
		return mask.Fixed{Block: block, Summary: s.Upto(block)}
	case 8:
		return mask.Dilated{Left: few(), Right: few(), Step: 1 + s.Upto(70)}
	case 9:
		return mask.BlockWindow{Block: 1 + s.Upto(70), Left: few(), Right: few()}
	case 10:
		return mask.RandomBlocks{Block: 1 + s.Upto(70), Count: few(), Keys: 1 + many(), Seed: few()}
	case 11:
		return mask.NewDocuments(each(1+few(), func() int { return 1 + s.Upto(70) })...)
	case 12:
		return keep(s, p)
	case 13:
		return ofText(s, mask.Texts()[s.Upto(len(mask.Texts())-1)])
	default:
		if depth == 0 {
			return attn.Full()
		}
		x, y := combined(s, p, depth-1), combined(s, p, depth-1)
		if kind == 14 {
			return mask.Or(x, y)
		}
		return mask.And(x, y)
	}
}

// ofText is a pattern of [mask.Texts], so that a new one is drawn without a line here. Its
// numbers are small; where they make no sense together it is full.
func ofText(s Source, text string) attn.Mask {
	words := strings.Split(text, ":")
	for i := range words[1:] {
		words[1+i] = strconv.Itoa(1 + s.Upto(40))
	}
	m, err := mask.Parse(strings.Join(words, ":"))
	if err != nil {
		return attn.Full()
	}
	return m
}

// causal is a mask that a State may have.
func causal(s Source, p *attn.Problem) attn.Mask {
	width := func() int { return s.Upto(min(p.KVLen, 255)) }
	switch s.Upto(5) {
	case 0:
		return attn.Causal()
	case 1:
		return attn.Window{Left: width()}
	case 2:
		return mask.StreamingLLM(s.Upto(9), width())
	case 3:
		return mask.StreamingLLM(width(), s.Upto(9))
	case 4:
		return mask.Or(mask.Strided{Stride: 1 + width()}, attn.Window{Left: width()})
	}
	return mask.And(attn.Causal(), combined(s, p, 2))
}

// keep shows some eighths of all pairs, from none to all.
func keep(s Source, p *attn.Problem) attn.Mask {
	batch, heads := choose(s, 1, p.Batch), choose(s, 1, p.QHeads)
	if p.QueryStart != nil {
		batch = p.Batch
	}
	eighths, rng := s.Upto(8), rand.New(rand.NewPCG(kit.Seed, uint64(s.Upto(255))))
	allowed := each(batch*heads*p.QLen*p.KVLen, func() bool { return rng.IntN(8) < eighths })
	m, err := mask.NewKeep(allowed, batch, heads, p.QLen, p.KVLen, p.QueryStart)
	if err != nil {
		panic(err)
	}
	return m
}
