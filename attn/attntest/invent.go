package attntest

import (
	"math"
	"math/rand/v2"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/input"
)

// invention is a case of the fuzzer's, and how it is computed.
type invention struct {
	testCase
	workers, shift  int
	cut             int // row that begins the second of two Forwards; 0: one Forward
	lse, projection bool
}

// source deals choices out of the fuzzer's bytes. Where they end it deals zeros, so
// that every slice of bytes is a Problem. What a corpus file means hangs on the order
// of the choices: new ones belong at the end.
type source struct{ rest []byte }

// upto returns a number from 0 to limit, which is below 256.
func (s *source) upto(limit int) int {
	if len(s.rest) == 0 {
		return 0
	}
	x := int(s.rest[0]) % (limit + 1)
	s.rest = s.rest[1:]
	return x
}

// signed returns a number from -128 to 127.
func (s *source) signed() int { return int(int8(s.upto(255))) }

func (s *source) yes() bool { return s.upto(1) == 1 }

func choose[T any](s *source, list ...T) T { return list[s.upto(len(list)-1)] }

// each returns n numbers.
func each[T any](n int, next func() T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = next()
	}
	return list
}

// fuzzRules are the rules beside softmax.
func fuzzRules() []attn.Rule {
	list := []attn.Rule{
		linearRule, {Kind: attn.Linear, Eps: 0.5}, {Kind: attn.Linear, Feature: attn.ReLU, Eps: 0.1},
		{Kind: attn.Linear, Feature: attn.Favor, Features: 20, Seed: 3}, {Kind: attn.Linear, Feature: attn.Taylor2},
	}
	for _, p := range recurrent(problem(1, 1, 1, 1, 1, 1, 1)) {
		list = append(list, p.Rule)
	}
	return list
}

// invent reads a valid Problem out of data: every second one softmax.
func invent(data []byte) invention {
	s := &source{data}
	var rule attn.Rule
	if x, others := s.upto(255), fuzzRules(); x%2 == 1 {
		rule = others[x/2%len(others)]
	}
	groups := 1 + s.upto(2)
	p := problem(1+s.upto(2), groups*(1+s.upto(3)), groups, 1+s.upto(99), 1+s.upto(255), 1+s.upto(79), 1+s.upto(79))
	if p.Rule = rule; rule.Feature == attn.Taylor2 {
		p.HeadDim = 1 + p.HeadDim%16 // there are 1 + D + D² features
	}
	self, settings := s.yes(), s.upto(255)
	if self {
		p.KVLen = p.QLen
	}
	has := func(bit int) bool { return settings>>bit&1 == 1 }
	if has(0) {
		p.KVLens = each(p.Batch, func() int { return s.upto(min(p.KVLen, 255)) })
	}
	if has(1) {
		far := choose(s, 1, 1, 1, 1<<23)
		if has(4) {
			far = 1 // in single precision the ALiBi of such distances is the same for all keys
		}
		p.QueryStart = each(p.Batch, func() int { return far * s.signed() })
	}
	if has(2) {
		p.Scale = attn.ScaleOf(choose[float32](s, 0.2, 0, 1, 3, 40, -0.5))
	}
	c := invention{testCase: testCase{p: p}}
	switch rule.Kind {
	case attn.Softmax:
		modify(s, &c.p, has)
		c.p.Mask, c.lse = s.mask(&c.p, 2), has(7)
	default:
		fold(s, &c, has)
	}
	c.workers, c.shift, c.profile = 1+s.upto(3), s.upto(7), choose(s, input.Profiles()...)
	return c
}

// modify sets what stands between a score and its softmax.
func modify(s *source, p *attn.Problem, has func(bit int) bool) {
	if has(3) {
		p.Softcap = choose[float32](s, 1.5, 0.1, 30)
	}
	if has(4) {
		p.ALiBi = each(p.QHeads, func() float32 { return float32(s.signed()) / 64 })
	}
	if has(5) {
		p.SinkLogits = each(p.QHeads, func() float32 { return float32(s.signed()) / 4 })
	}
	if has(6) {
		p.Bias = attn.BiasShape{Batch: choose(s, 1, p.Batch), Heads: choose(s, 1, p.QHeads)}
	}
}

// fold sets what belongs to rules whose keys fold into a state.
func fold(s *source, c *invention, has func(bit int) bool) {
	p := &c.p
	p.Mask = choose(s, attn.Causal(), attn.Full())
	if x, ok := p.Scale.Explicit(); ok && p.Rule.Kind == attn.Linear {
		p.Scale = attn.ScaleOf(min(1, float32(math.Abs(float64(x))))) // features take its root, and the exponential
	}
	if p.Rule.Decay == attn.FixedDecay {
		p.LogDecay = each(p.KVHeads, func() float32 { return -choose[float32](s, 0.03, 0, 1e-6, 0.5, 3, 100) })
	}
	c.projection = has(3) && p.Rule.Feature == attn.Favor
	if has(4) && p.QLen > 1 && p.KVLen == p.QLen && p.KVLens == nil && p.QueryStart == nil && p.Mask == attn.Causal() {
		c.cut = 1 + s.upto(p.QLen-2)
	}
}

// mask builds an item, or two of them combined while depth lasts.
func (s *source) mask(p *attn.Problem, depth int) attn.Mask {
	keys := min(p.KVLen, 255)
	few, many := func() int { return s.upto(9) }, func() int { return s.upto(keys) }
	switch kind := s.upto(15); kind {
	case 0:
		return attn.Full()
	case 1:
		return attn.Causal()
	case 2, 3:
		return attn.Window{Left: s.upto(keys-1) - 1, Right: s.upto(keys-1) - 1}
	case 4:
		return mask.Sinks{Tokens: many()}
	case 5:
		return mask.Global{Tokens: many()}
	case 6:
		return mask.Strided{Stride: 1 + many()%keys}
	case 7:
		block := 1 + s.upto(70)
		return mask.Fixed{Block: block, Summary: s.upto(block)}
	case 8:
		return mask.Dilated{Left: few(), Right: few(), Step: 1 + s.upto(70)}
	case 9:
		return mask.BlockWindow{Block: 1 + s.upto(70), Left: few(), Right: few()}
	case 10:
		return mask.RandomBlocks{Block: 1 + s.upto(70), Count: few(), Keys: 1 + many(), Seed: few()}
	case 11:
		return mask.NewDocuments(each(1+few(), func() int { return 1 + s.upto(70) })...)
	case 12:
		return s.keep(p)
	default:
		if depth == 0 {
			return attn.Full()
		}
		x, y := s.mask(p, depth-1), s.mask(p, depth-1)
		if kind == 13 {
			return mask.Or(x, y)
		}
		return mask.And(x, y)
	}
}

// keep shows as many eighths of all pairs as it is told, from none to all.
func (s *source) keep(p *attn.Problem) attn.Mask {
	batch, heads := choose(s, 1, p.Batch), choose(s, 1, p.QHeads)
	if p.QueryStart != nil {
		batch = p.Batch
	}
	eighths, rng := s.upto(8), rand.New(rand.NewPCG(seed, uint64(s.upto(255))))
	allowed := each(batch*heads*p.QLen*p.KVLen, func() bool { return rng.IntN(8) < eighths })
	m, err := mask.NewKeep(allowed, batch, heads, p.QLen, p.KVLen, p.QueryStart)
	if err != nil {
		panic(err)
	}
	return m
}
