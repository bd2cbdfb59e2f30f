package harness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

const (
	// maxPairsChecked bounds the pairs of a query and a key that the oracle evaluates in
	// the check that sees every head where it can; a row has one pair for each key that it
	// sees. morePairsChecked bounds them in further checks of the same context.
	maxPairsChecked  = 1 << 22
	morePairsChecked = 1 << 19

	// maxChecked is the longest context that is checked under a softmax.
	maxChecked = 1 << 20

	// maxHardLen is the longest context that is filled with hard numbers.
	maxHardLen = 16 << 10
)

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
func hardChecked(p attn.Problem, phase string) int {
	n := min(checkedLen(p), maxHardLen)
	if phase == result.PhasePrefill {
		n = min(n, 2*prefillChunk)
	}
	return max(1, min(n, maxPairsChecked/(int(rowPairs(p, 1))*p.Batch*p.QHeads)))
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

// checkedPairs predicts the time of all checks of a point, as rowPairs does of a row.
func checkedPairs(p attn.Problem, phase string) (pairs int64) {
	add := func(n int, limit int64) { pairs += int64(headsChecked(p, n, limit)) * rowPairs(p, n) }
	at := checkedLen(p)
	add(at, maxPairsChecked)
	if at == p.KVLen && phase == result.PhaseDecode {
		for range stepsChecked {
			add(at, morePairsChecked)
		}
	}
	for range hardBeside(p, "") {
		add(hardChecked(p, phase), maxPairsChecked)
	}
	return pairs
}

// checkStep runs one step, checks its output and returns the rows that were expected.
func (m *stateRun) checkStep(v *verdict, src tokens, profile string) (oracleCheck, error) {
	guard.Poison(m.one.Out.Data)
	guard.Poison(m.ws)
	if _, err := m.step(src); err != nil {
		return oracleCheck{}, fmt.Errorf("on %s numbers: %w", profile, err)
	}
	c := m.expect(src, maxPairsChecked)
	m.check(v, c, profile, "")
	return c, nil
}

// expect evaluates the oracle on rows of the last Extend: as many heads as pairs affords,
// others in each check. At most a few rows of a head are taken, and under a recurrent
// rule, where they cost little beside the first, some more.
func (m *stateRun) expect(src tokens, pairs int64) oracleCheck {
	begin, p := time.Now(), m.p
	p.KVLen = m.st.Len(0)
	p.QLen = 1
	if m.pt.Phase == result.PhasePrefill {
		p.QLen = (p.KVLen-1)%m.pt.Chunk + 1
	}
	n := int(min(maxCheckedRows, pairs/rowPairs(p, p.KVLen)))
	if p.Rule.Kind == attn.Recurrent {
		n = 2 * maxCheckedRows
	}
	rows := oracle.Sample(&p, n, m.pt.Seed)
	heads := p.Batch * p.QHeads
	order := rand.New(rand.NewPCG(m.pt.Seed, uint64(m.expected))).Perm(heads)
	order = order[:headsChecked(p, p.KVLen, pairs)]
	rows = slices.DeleteFunc(rows, func(r oracle.Row) bool { return !slices.Contains(order, r.B*p.QHeads+r.H) })
	for _, head := range order {
		m.heads[head] = true
		if p.KVLen >= checkedLen(m.p) {
			m.atEnd[head] = true
		}
	}
	c := oracleCheck{p: p, rows: src.expect(p, rows)}
	m.expected++
	m.checkTime += time.Since(begin)
	m.pairs += int64(len(order)) * rowPairs(p, p.KVLen)
	return c
}

// check compares the last Extend with expected rows and keeps the worse verdict in v.
func (m *stateRun) check(v *verdict, c oracleCheck, profile, when string) {
	w := c.check(m.one.Out.Rows(0, c.p.QLen), profile)
	if w.disagrees != "" {
		w.disagrees = fmt.Sprintf("%son %s numbers, %d tokens: %s", when, profile, c.p.KVLen, w.disagrees)
	}
	v.keep(w)
}
