package attntest

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/attntest/internal/staterules"
	"attnbench/attn/mask"
)

// maskRules are the rules of a mask, and of a variant under it.
var maskRules = []struct {
	name, sentence string
	try            func(*kit.Kit, mask.Mask)
}{
	{"fits", "The mask is valid, and fits some Problem of the kit.", fits},
	{"bits", "Bits agrees with Visible at every key.", bitsOfMask},
	{"spans", "Spans are sorted and disjoint, a Full one is seen whole, and no query sees a key outside of them.", spansOfMask},
	{"varies", "A mask that does not vary by batch entry or head shows each of them the same.", variesOfMask},
	{"claims", "What a mask claims beyond its bulk forms is true: counts, ranges, bounds, being causal, streaming.", claimsOfMask},
	{"forward", "Every output row under the mask lies within its error budget of the float64 oracle.", forwardUnderMask},
	{"extend", "Under a causal mask a State outputs what one Forward over the whole does.", staterules.UnderMask},
}

// rulesOf are the rules of masks for m.
func rulesOf(m mask.Mask) []kit.Rule {
	var list []kit.Rule
	for _, r := range maskRules {
		list = append(list, kit.NewRule(r.name, r.sentence, func(k *kit.Kit) { r.try(k, m) }))
	}
	return list
}

// CheckMask tries the rules of masks on m, and on v under m.
func CheckMask(v attn.Variant, m mask.Mask) []Result {
	var results []Result
	for _, r := range rulesOf(m) {
		results = append(results, tried(r, kit.New(v)))
	}
	return results
}

// RunMask tries the rules of masks as subtests of t: m, which may be a pattern of your own,
// keeps the contract of mask.Mask, and under m v computes what the oracle does.
func RunMask(t *testing.T, v attn.Variant, m mask.Mask) {
	t.Helper()
	run(t, v, rulesOf(m))
}

// masked are the Problems that m fits, under m, of lengths on both sides of tile edges.
func masked(m mask.Mask) []kit.Case {
	late, short := kit.Problem(2, 2, 1, 70, 53, 9, 6), kit.Problem(2, 4, 2, 33, 140, 8, 5)
	late.QueryStart, short.KVLens = []int{-30, 40}, []int{140, 65}
	var list []kit.Case
	for _, p := range []attn.Problem{
		kit.Problem(1, 2, 1, 1, 65, 9, 6), kit.Problem(1, 4, 2, 37, 37, 16, 3), kit.Problem(2, 2, 1, 64, 64, 5, 8),
		kit.Problem(2, 4, 1, 65, 131, 9, 6), kit.Problem(1, 2, 2, 40, 300, 4, 4), kit.Problem(1, 1, 1, 129, 129, 3, 7), late, short,
	} {
		if p.Mask = m; mask.Validate(m, p.Shape()) == nil {
			list = append(list, kit.Gaussian(p))
		}
	}
	return list
}

func fits(k *kit.Kit, m mask.Mask) {
	if v, ok := m.(mask.Validator); ok {
		if err := v.Validate(); err != nil {
			k.Fail("%v: %v", m, err)
		}
	}
	if len(masked(m)) == 0 {
		k.Fail("%v fits no Problem of the kit", m)
	}
}

// eachQuery calls f for the position of every row and for some on both sides, and stops
// where f is false.
func eachQuery(c kit.Case, f func(b, h, q, n int) (right bool)) {
	for b := range c.P.Batch {
		for h := range c.P.QHeads {
			for q := c.P.Start(b) - 3; q < c.P.Start(b)+c.P.QLen+3; q++ {
				if !f(b, h, q, c.P.KVLen) {
					return
				}
			}
		}
	}
}

func bitsOfMask(k *kit.Kit, m mask.Mask) {
	for _, c := range kit.Each(k, masked(m)) {
		k.Ran++
		eachQuery(c, func(b, h, q, n int) bool {
			for k0 := q & 7; k0 < n; k0 += 51 {
				word := m.Bits(b, h, q, k0)
				for i := range min(64, n-k0) {
					if got, want := word>>i&1 != 0, m.Visible(b, h, q, k0+i); got != want {
						k.Fail("%v: Bits of query %d from key %d: bit %d is %v: want %v", c, q, k0, i, got, want)
						return false
					}
				}
			}
			return true
		})
	}
}

func spansOfMask(k *kit.Kit, m mask.Mask) {
	for _, c := range kit.Each(k, masked(m)) {
		k.Ran++
		eachQuery(c, func(b, h, q, n int) bool {
			for _, rows := range []int{0, 1, 2, 16, 33, 70} {
				if !spans(k, c, m, b, h, q, q+rows, n) {
					return false
				}
			}
			return true
		})
	}
}

// spans compares the spans of queries [q0, q1) over keys [0, n) with Visible, for every key
// and for the first query, the last and some between.
func spans(k *kit.Kit, c kit.Case, m mask.Mask, b, h, q0, q1, n int) (right bool) {
	held := mask.Span{Lo: -7, Hi: -1}
	list := m.Spans([]mask.Span{held}, b, h, q0, q1, n)
	if len(list) == 0 || list[0] != held {
		k.Fail("%v: Spans does not append", c)
		return false
	}
	list = list[1:]
	for i, at := 0, 0; i < len(list); i++ {
		if s := list[i]; s.Lo < at || s.Lo >= s.Hi || s.Hi > n || q0 == q1 {
			k.Fail("%v: queries [%d, %d): span %v of %v is empty, out of order or outside", c, q0, q1, s, list)
			return false
		}
		at = list[i].Hi
	}
	for q := q0; q < q1; q += max(1, min(5, q1-1-q)) {
		rest := list
		for j := range n {
			for len(rest) > 0 && rest[0].Hi <= j {
				rest = rest[1:]
			}
			in := len(rest) > 0 && rest[0].Lo <= j
			if seen := m.Visible(b, h, q, j); seen && !in || !seen && in && rest[0].Full {
				k.Fail("%v: queries [%d, %d): query %d sees key %d: %v, against the spans %v", c, q0, q1, q, j, seen, list)
				return false
			}
		}
	}
	return true
}

func variesOfMask(k *kit.Kit, m mask.Mask) {
	perBatch, perHead := m.Varies()
	for _, c := range kit.Each(k, masked(m)) {
		k.Ran++
		eachQuery(c, func(b, h, q, n int) bool {
			first, head := b, h
			if !perBatch {
				first = 0
			}
			if !perHead {
				head = 0
			}
			for j := range n {
				if m.Visible(b, h, q, j) != m.Visible(first, head, q, j) {
					k.Fail("%v: batch entry %d and head %d see key %d from query %d differently from %d and %d", c, b, h, j, q, first, head)
					return false
				}
			}
			return true
		})
	}
}

func claimsOfMask(k *kit.Kit, m mask.Mask) {
	for _, c := range kit.Each(k, masked(m)) {
		k.Ran++
		eachQuery(c, func(b, h, q, n int) bool {
			claim := claim(k, m, b, h, q, n)
			if claim != "" {
				k.Fail("%v: query %d of batch entry %d and head %d over %d keys: %s", c, q, b, h, n, claim)
			}
			return claim == ""
		})
	}
}

// claim names a claim of m that is false of one query; "" where all are true.
func claim(k *kit.Kit, m mask.Mask, b, h, q, n int) string {
	counts := make([]int, n+1) // visible keys below each
	for j := range n {
		if counts[j+1] = counts[j]; m.Visible(b, h, q, j) {
			counts[j+1]++
		}
	}
	if mask.VisibleIn(m, b, h, q, n) != counts[n] {
		return "VisibleIn counts other keys than Visible"
	}
	if x, ok := m.(mask.Counter); ok {
		for lo := 0; lo <= n; lo += 1 + n/7 {
			for hi := lo; hi <= n; hi += 1 + n/5 {
				if got, ok := x.Count(b, h, q, lo, hi); ok && got != counts[hi]-counts[lo] {
					return "Count is not what Visible says"
				}
			}
		}
	}
	sinks, left, streams := 0, 0, false
	if x, ok := m.(mask.Streamer); ok {
		sinks, left, streams = x.Stream()
	}
	from, to, ranged := 0, 0, false
	if x, ok := m.(mask.Ranger); ok {
		from, to, ranged = x.Range(b, h, q)
	}
	window := mask.Mask(m)
	if x, ok := m.(mask.Bounded); ok {
		l, r := x.Bounds()
		window = mask.Window{Left: l, Right: r}
	}
	causal := mask.IsCausal(m)
	for j := range n {
		switch seen := m.Visible(b, h, q, j); {
		case causal && q >= 0 && j > q && seen:
			return "IsCausal, and a later key is visible"
		case ranged && seen != (from <= j && j < to):
			return "Range is not what Visible says"
		case streams && q >= j && seen != (j < sinks || left == mask.OpenSide || left >= 0 && j >= q-left):
			return "Stream is not what Visible says"
		case window.Visible(b, h, q, j) != seen:
			return "Bounds are not what Visible says"
		}
	}
	return ""
}

func forwardUnderMask(k *kit.Kit, m mask.Mask) {
	for _, c := range kit.Each(k, masked(m)) {
		agreesOnSets(k, c, attn.Options{Workers: 2}, kit.WithLSE(c.P, k.Numbers(c)))
	}
	if k.Ran == 0 && k.OnlyCase == 0 {
		k.Fail("%v: no Forward ran, %d were unsupported: nothing is known of the two together", m, k.Unsupported)
	}
}
