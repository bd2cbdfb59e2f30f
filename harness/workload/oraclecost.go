package workload

import (
	"attnbench/attn"
	"attnbench/attn/mask"
)

const (
	// maxPairsChecked bounds the pairs of a query and a key that the oracle evaluates in
	// the full check of one context, so that it takes about as long as the context and its
	// steps: 4 s of one core. A row has one pair for each key that it sees; that is all of 32
	// heads up to 16K tokens, 31 at 32K and 7 at 128K.
	maxPairsChecked = 1 << 20

	// The oracle follows samples where a row has at most so many pairs.
	maxPairsFollowed = 1 << 19

	// maxHardPairs bounds them in the checks on hard numbers, each of all heads.
	maxHardPairs = 1 << 22

	// fewChecked: of a context of which a single row exceeds fewPairsChecked, one of so many
	// visits is checked, drawn at random.
	fewChecked = 4

	// maxChecked is the longest context that is checked under a softmax.
	maxChecked = 1 << 20
)

// fewPairsChecked bounds the pairs in a visit that does not make the full check. Tests lower it.
var fewPairsChecked int64 = 1 << 17

// recurrentWork bounds context·D·Dv of a check under a recurrent rule, whose oracle
// updates the whole state S [D, Dv] of a head at every key. Tests lower it.
var recurrentWork = 1 << 26

// checkedLen is the context at which a point is checked: the point's own, or the longest
// context that the oracle can afford.
func checkedLen(p attn.Problem) int {
	if p.Rule.Kind == attn.Recurrent {
		return max(1, min(p.KVLen, recurrentWork/(p.HeadDim*p.ValueDim)))
	}
	return max(1, min(p.KVLen, maxChecked/keyCost(p)))
}

// hardChecked is the context at which a point is checked on the hard numbers: one at which
// the oracle can afford every head.
func hardChecked(p attn.Problem, longest int) int {
	n := min(checkedLen(p), longest)
	return max(1, min(n, maxHardPairs/(int(rowPairs(p, 1))*p.Batch*p.QHeads)))
}

// headsChecked is the number of heads that are checked at a context of n tokens: all, or
// as many as the oracle can afford within a number of pairs.
func headsChecked(p attn.Problem, n int, pairs int64) int {
	return int(max(1, min(int64(p.Batch*p.QHeads), pairs/rowPairs(p, n))))
}

// rowPairs is the oracle's time for the last row of a context of n tokens, in units of a
// key of a softmax row; to ask the mask about a key takes a small part of that.
func rowPairs(p attn.Problem, n int) int64 {
	switch p.Rule.Kind {
	case attn.Linear: // the features of every key are made anew for each row
		return 3 * int64(n) * int64(keyCost(p))
	case attn.Recurrent:
		return int64(n) * int64(keyCost(p))
	}
	return int64(mask.VisibleIn(p.VisibilityMask(), 0, 0, n-1, n) + n/32 + 1)
}

// keyCost is the oracle's time for a key under p's rule, in units of its time under a
// softmax: M/D for a feature map of M features; M for Favor, where each feature is an inner
// product with the key; D·Dv/64 for a recurrent rule, which updates a state.
func keyCost(p attn.Problem) int {
	switch {
	case p.Rule.Kind == attn.Softmax:
		return 1
	case p.Rule.Kind == attn.Recurrent:
		return max(1, p.HeadDim*p.ValueDim/64)
	case p.Rule.Feature == attn.Favor:
		return p.Features()
	}
	return max(1, p.Features()/p.HeadDim)
}
