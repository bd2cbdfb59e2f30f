package staterules

import (
	"math"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// forgotten feeds tokens of NaN and of Inf, and looks at the queries that do not see them:
// the mask hides them, or Truncate or Reset took them back before.
func forgotten(k *kit.Kit) {
	const lo, hi = 10, 16
	for i, c := range kit.Each(k, fewDecodings()) {
		numbers := k.Numbers(c.whole())
		chunks := mixed(c.P, zeros(c.P), c.lens, uint64(i), true)
		for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
			bad := spoiledTokens(numbers, lo, hi, x)
			for _, isa := range k.ISAs() {
				o := attn.Options{ISA: isa, Workers: 2}
				f, g := newFeed(k, c, o, numbers), newFeed(k, c, o, bad)
				if f == nil || g == nil {
					break
				}
				if f.all(chunks) && g.all(chunks) {
					for b := range c.P.Batch {
						f.blankSeeing(b, lo, hi)
						g.blankSeeing(b, lo, hi)
						f.equals("invisible tokens of numbers and of NaN or Inf", b, g, b, c.lens[b])
					}
				}
				takenBack(k, c, o, numbers, bad, lo, hi)
			}
		}
	}
}

// spoiledTokens returns a with the keys and values of the tokens lo to hi-1 overwritten.
func spoiledTokens(a attn.Args, lo, hi int, x float32) attn.Args {
	a.K, a.V = kit.Clone(a.K), kit.Clone(a.V)
	for b := range a.K.Shape[0] {
		for j := lo; j < hi; j++ {
			kit.Spoil(a.K, b, j, x)
			kit.Spoil(a.V, b, j, x)
		}
	}
	return a
}

// blankSeeing blanks the output of the queries that see one of the tokens lo to hi-1.
func (f *feed) blankSeeing(b, lo, hi int) {
	p := f.c.whole().P
	for h := range p.QHeads {
		for i := range f.lens[b] {
			for j := lo; j < hi; j++ {
				if p.VisibilityMask().Visible(b, h, i, j) {
					copy(f.a.Out.Row(b, h, i), kit.NaN(p.ValueDim))
					if f.a.LSE != nil {
						f.a.LSE[(b*p.QHeads+h)*p.QLen+i] = kit.NaN(1)[0]
					}
				}
			}
		}
	}
}

// takenBack feeds the tokens up to hi, good ones to one State and bad ones to another. Both
// take back those from lo on, or all where they cannot, and go on with the good ones.
func takenBack(k *kit.Kit, c decoding, o attn.Options, good, bad attn.Args, lo, hi int) {
	f, g := newFeed(k, c, o, good), newFeed(k, c, o, bad)
	if f == nil || g == nil {
		return
	}
	for _, x := range []*feed{f, g} {
		if !x.all(upTo(zeros(c.P), []int{hi, hi}, 3, false)) {
			return
		}
		kept := []int{0, lo}
		if x.truncateOne(1, lo) != nil {
			x.s.Reset(1)
			kept[1] = 0
		}
		x.s.Reset(0)
		if x.lens = kept; !x.counts("giving tokens back") {
			return
		}
	}
	g.a = g.with(good)
	if after := upTo(f.lens, []int{40, 40}, 7, false); f.all(after) && g.all(after) {
		for b := range f.lens {
			f.equals("tokens taken back, of numbers and of NaN or Inf", b, g, b, 40)
		}
	}
}
