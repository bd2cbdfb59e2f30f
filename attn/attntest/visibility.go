package attntest

import (
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
)

// partlyVisible are Problems in which some queries do not see some keys.
func partlyVisible() []kit.Case {
	var list []kit.Case
	for _, rule := range []attn.Rule{{}, kit.LinearRule} {
		for _, set := range []func(*attn.Problem){
			func(p *attn.Problem) { p.Mask = attn.Causal() },
			func(p *attn.Problem) { p.Mask = attn.Window{Left: 5, Right: 2} },
			func(p *attn.Problem) { p.Mask, p.KVLens = attn.Full(), []int{40, 11} },
			func(p *attn.Problem) { p.Mask, p.KVLens = attn.Causal(), []int{53, 30} },
			func(p *attn.Problem) { p.Mask, p.QueryStart = attn.Causal(), []int{0, 7} },
		} {
			for _, nq := range []int{37, 53, 70} {
				p := kit.Problem(2, 2, 1, nq, 53, 9, 6)
				p.Rule = rule
				set(&p)
				list = append(list, kit.Gaussian(p))
			}
		}
	}
	for n, nq := range []int{37, 53, 70} {
		p := kit.Problem(2, 2, 1, nq, 53, 9, 6)
		p.Mask, p.KVLens = attn.Causal(), []int{53, 30}
		for i, p := range kit.Recurrent(p) {
			if i%3 == n {
				list = append(list, kit.Gaussian(p))
			}
		}
	}
	for _, mask := range []attn.Mask{
		mask.StreamingLLM(3, 8), mask.BigBird(8, 0, 1, 0, 1, 53, 1), mask.Longformer(2, attn.Window{Left: 4, Right: 4}),
		mask.Strided{Stride: 6}, mask.Fixed{Block: 8, Summary: 2}, mask.Dilated{Left: 4, Right: 1, Step: 3},
		mask.And(attn.Full(), mask.NewDocuments(20, 1, 23, 9)),
		mask.Predicate("q+k+h even", func(_, h, q, k int) bool { return (q+k+h)%2 == 0 }),
	} {
		p := kit.Problem(2, 4, 1, 70, 53, 9, 6)
		p.Mask = mask
		list = append(list, kit.Gaussian(p))
	}
	for _, blocks := range [][2]int{{8, 16}, {1, 5}} {
		p := kit.Problem(2, 4, 1, 70, 53, 9, 6)
		p.Mask = kit.SomeBlocks(p, blocks[0], blocks[1])
		list = append(list, kit.Gaussian(p))
	}
	// A bias of -Inf hides keys from rows to which the mask shows every key, and from others.
	for _, mask := range []attn.Mask{attn.Full(), attn.Causal()} {
		p := kit.Problem(2, 2, 1, 70, 53, 9, 6)
		p.Mask, p.Bias = mask, attn.BiasShape{Batch: 2, Heads: 1}
		list = append(list, kit.Gaussian(p))
		p = kit.Problem(1, 4, 1, 40, 53, 9, 6) // heads that share K and V, each with a bias of its own
		p.Mask, p.Bias = mask, attn.BiasShape{Batch: 1, Heads: 4}
		list = append(list, kit.Gaussian(p))
	}
	return list
}

// future fills all keys past a position with NaN. Where the Plan selects, the later rows of
// a panel may then select other keys. That cuts the tiles of the earlier rows elsewhere, so
// these may round differently.
func future(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		if c.P.Mask != attn.Causal() {
			continue
		}
		a := k.Numbers(c)
		bad := a
		bad.K, bad.V = kit.Clone(a.K), kit.Clone(a.V)
		last := c.P.KVLen / 2
		for e := range c.P.Batch {
			for j := last + 1; j < c.P.KVLen; j++ {
				kit.Spoil(bad.K, e, j, float32(math.NaN()))
				kit.Spoil(bad.V, e, j, float32(math.NaN()))
			}
		}
		k.OnSets(c, attn.Options{}, a, func(isa string, a attn.Args) {
			b := kit.WithOut(c.P, bad)
			if !k.Compute(c, attn.Options{ISA: isa}, b) {
				return
			}
			for e := range c.P.Batch {
				if rows := min(c.P.QLen, last-c.P.Start(e)+1); rows > 0 {
					round := k.Rounds() || selects(k, c)
					of := numbersOf(k, c, attn.Options{ISA: isa}, a)
					of.Entry = e
					k.Equal(c, fmt.Sprintf("set %q, the future and a future of NaN", isa), of, kit.Entry(a.Out, e).Rows(0, rows), kit.Entry(b.Out, e).Rows(0, rows), round)
				}
			}
		})
	}
}

// invisible spoils one key and its value at a time, and looks at the queries that do not see
// them. Where the Plan selects, the keys decide what is visible: there it spoils the value
// alone.
func invisible(k *kit.Kit) {
	for _, c := range kit.Each(k, partlyVisible()) {
		for _, isa := range k.ISAs() {
			clean := k.Numbers(c)
			if !k.Compute(c, attn.Options{ISA: isa}, clean) {
				continue
			}
			p, attend := selected(k, c, attn.Options{ISA: isa}, clean)
			for _, j := range []int{0, 1, 10, 15, 16, 31, 39, 40, 51, 52} {
				for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
					bad := kit.WithOut(c.P, clean)
					bad.K, bad.V = kit.Clone(clean.K), kit.Clone(clean.V)
					for b := range c.P.Batch {
						if attend == nil {
							kit.Spoil(bad.K, b, j, x)
						}
						kit.Spoil(bad.V, b, j, x)
					}
					if k.Compute(c, attn.Options{ISA: isa}, bad) {
						unchanged(k, c.With(p), clean, j, x, bad.Out)
					}
				}
			}
		}
	}
}

// unchanged notes the first query that does not see key j and differs nevertheless.
func unchanged(k *kit.Kit, c kit.Case, clean attn.Args, j int, x float32, bad attn.Tensor) {
	for b := range c.P.Batch {
		for h := range c.P.QHeads {
			for i := range c.P.QLen {
				if sees(c.P, clean, b, h, i, j) {
					continue
				}
				for at, y := range clean.Out.Row(b, h, i) {
					if z := bad.Row(b, h, i)[at]; math.Float32bits(y) != math.Float32bits(z) {
						k.Fail("%v: %v in key %d, which batch %d head %d row %d does not see, makes out[%d] %v of %v", c, x, j, b, h, i, at, z, y)
						return
					}
				}
			}
		}
	}
}

// visible spoils one element of one row of V. In the output exactly that column must become
// NaN, for exactly the queries that see the key.
func visible(k *kit.Kit) {
	for _, c := range kit.Each(k, partlyVisible()) {
		for _, isa := range k.ISAs() {
			for _, j := range []int{0, 16, 35} {
				a := k.Numbers(c)
				for b := range c.P.Batch {
					for g := range c.P.KVHeads {
						a.V.Row(b, g, j)[2] = float32(math.NaN())
					}
				}
				if !k.Compute(c, attn.Options{ISA: isa}, a) {
					continue
				}
				c := c
				c.P, _ = selected(k, c, attn.Options{ISA: isa}, a)
				for b := range c.P.Batch {
					for h := range c.P.QHeads {
						for i := range c.P.QLen {
							row := a.Out.Row(b, h, i)
							if got, want := kit.IsNaN(row[2]), sees(c.P, a, b, h, i, j); got != want || kit.IsNaN(row[1]) {
								k.Fail("%v: NaN in key %d column 2: batch %d head %d row %d is %v; it sees the key: %v", c, j, b, h, i, row, want)
								return
							}
						}
					}
				}
			}
		}
	}
}

// blindRows puts the queries where they see no key, or takes the keys away.
func blindRows(k *kit.Kit) {
	var list []kit.Case
	add := func(p attn.Problem) { list = append(list, kit.Gaussian(p)) }
	base := kit.Problem(2, 2, 1, 37, 53, 9, 6)
	for _, set := range []func(*attn.Problem){
		func(p *attn.Problem) { p.Mask, p.KVLens = attn.Full(), []int{0, 0} },
		func(p *attn.Problem) { p.Mask, p.QueryStart = attn.Causal(), []int{-100, -37} },
		func(p *attn.Problem) { p.Mask, p.QueryStart = attn.Window{Left: 3, Right: 0}, []int{-50, 500} },
		func(p *attn.Problem) { p.Mask = mask.Sinks{} },
		func(p *attn.Problem) { p.Mask, p.QueryStart = mask.NewDocuments(53), []int{53, 60} },
		func(p *attn.Problem) {
			p.Mask, p.QueryStart = mask.And(mask.NewDocuments(20, 33), attn.Causal()), []int{-37, 53}
		},
		func(p *attn.Problem) { p.Mask = mask.RandomBlocks{Block: 8, Count: 0, Keys: 53} },
		func(p *attn.Problem) { // random blocks of the first keys, and a window past them
			p.Mask = mask.And(mask.RandomBlocks{Block: 8, Count: 2, Keys: 16, Seed: 1}, mask.BlockWindow{Block: 16})
			p.QueryStart = []int{16, 160}
		},
		func(p *attn.Problem) { p.Mask = keepNothing(*p) },
		func(p *attn.Problem) { p.Mask, p.QueryStart = mask.Dilated{Left: 3, Step: 7}, []int{-40, 90} },
		func(p *attn.Problem) { // no key is both odd and even, which only the elements show
			odd := mask.Predicate("odd", func(_, _, _, k int) bool { return k%2 == 1 })
			p.Mask = mask.And(mask.Predicate("even", func(_, _, _, k int) bool { return k%2 == 0 }), odd)
		},
	} {
		p, linear := base, base
		set(&p)
		add(p)
		p.SinkLogits = []float32{-1.5, 2}
		add(p)
		linear.Rule = kit.LinearRule
		set(&linear)
		add(linear)
	}
	hidden := base // by nothing but a bias of -Inf everywhere
	hidden.Bias = attn.BiasShape{Batch: 1, Heads: 1}
	add(hidden)
	for i, p := range append(kit.Recurrent(base), kit.Linears(base)...) {
		if p.Mask = attn.Causal(); i%2 == 0 {
			p.QueryStart = []int{-100, -37}
		} else {
			p.KVLens = []int{0, 0}
		}
		add(p)
	}
	for _, c := range kit.Each(k, list) {
		blind(k, c)
	}
}

// keepNothing is the mask of p that hides every element.
func keepNothing(p attn.Problem) attn.Mask {
	m, err := mask.NewKeep(make([]bool, p.Batch*p.QLen*p.KVLen), p.Batch, 1, p.QLen, p.KVLen, nil)
	if err != nil {
		panic(err)
	}
	return m
}

func blind(k *kit.Kit, c kit.Case) {
	for _, isa := range k.ISAs() {
		a := k.Numbers(c)
		for i := range a.Bias.Data {
			a.Bias.Data[i] = float32(math.Inf(-1))
		}
		if c.P.Rule.Kind == attn.Softmax {
			a = kit.WithLSE(c.P, a)
		}
		if !k.Compute(c, attn.Options{ISA: isa}, a) {
			continue
		}
		for i, x := range a.Out.Data {
			if x != 0 {
				k.Fail("%v set %q: no row sees a key, and out element %d is %v", c, isa, i, x)
				break
			}
		}
		for i, x := range a.LSE {
			want := float32(math.Inf(-1))
			if c.P.SinkLogits != nil {
				want = c.P.SinkLogits[i/c.P.QLen%c.P.QHeads]
			}
			if math.IsInf(float64(want), -1) && x != want || !(math.Abs(float64(x-want)) <= 1e-6) && x != want {
				k.Fail("%v set %q: no row sees a key, and LSE %d is %v: want %v", c, isa, i, x, want)
				break
			}
		}
	}
}

// sees reports whether row i sees key j, by definition.
func sees(p attn.Problem, a attn.Args, b, h, i, j int) bool {
	if p.Bias != (attn.BiasShape{}) {
		if entry, head := p.Bias.BiasOf(b, h); math.IsInf(float64(a.Bias.Row(entry, head, i)[j]), -1) {
			return false
		}
	}
	return j < p.Keys(b) && p.VisibilityMask().Visible(b, h, p.Start(b)+i, j)
}
