package harness

import (
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

const (
	// keysChecked is how many pairs of a query and a key of a point the oracle
	// evaluates on each profile; a row has as many as the context is long.
	keysChecked   = 1 << 19
	mostStateRows = 16

	// longestChecked is the longest context that is checked, under a softmax.
	longestChecked = 1 << 20

	// hardLen is the longest context that is filled for the sake of hard numbers.
	hardLen = 16 << 10
)

// recurrentWork bounds the same for rules whose oracle goes through the whole state at
// every key, in elements of S: they are checked at a shorter context. Tests lower it.
var recurrentWork = 1 << 26

// checkedLen is the context at which a point is checked: its own, or the longest that
// the oracle can afford.
func checkedLen(p attn.Problem) int {
	if p.Rule.Kind == attn.Recurrent {
		return max(1, min(p.KVLen, recurrentWork/(p.HeadDim*p.ValueDim)))
	}
	return max(1, min(p.KVLen, longestChecked/keyCost(p)))
}

// hardChecked is the context at which it is checked on the hard numbers.
func hardChecked(p attn.Problem, phase string) int {
	if phase == result.PhasePrefill {
		return min(checkedLen(p), 2*prefillChunk)
	}
	return min(checkedLen(p), hardLen)
}

// rowsChecked is how many rows of p are checked at a context of n tokens.
func rowsChecked(p attn.Problem, n int) int {
	if p.Rule.Kind == attn.Recurrent {
		return 2
	}
	return max(1, min(mostStateRows, keysChecked/(n*keyCost(p))))
}

// keyCost is how many times as long the oracle takes for a key under p's rule as under
// a softmax: as often as the features are longer than the key, or for Favor as there are
// features, each an inner product with the key.
func keyCost(p attn.Problem) int {
	switch {
	case p.Rule.Kind != attn.Linear:
		return 1
	case p.Rule.Feature == attn.Favor:
		return p.Features()
	}
	return max(1, p.Features()/p.HeadDim)
}

// checkedPairs is what the time of all checks of a point grows with: pairs of a row and
// a key.
func checkedPairs(p attn.Problem, phase string) (pairs int64) {
	at, hard := checkedLen(p), hardChecked(p, phase)
	contexts := []int{at}
	if at == p.KVLen {
		contexts = append(contexts, at) // after the timing too
	}
	for range hardProfiles {
		contexts = append(contexts, hard)
	}
	for _, n := range contexts {
		pairs += int64(n) * int64(rowsChecked(p, n)) * int64(keyCost(p))
	}
	return pairs
}

// checkStep takes a step and checks it.
func (m *stateRun) checkStep(v *verdict, src tokens, profile string) error {
	poison(m.one.Out.Data)
	poison(m.ws)
	if _, err := m.step(src); err != nil {
		return fmt.Errorf("on %s numbers: %w", profile, err)
	}
	m.check(v, src, profile, "")
	return nil
}

// check holds the rows of the last Extend against the oracle and keeps the worst of v
// and this: all where it was a step, a sample where it was the end of a prefill.
func (m *stateRun) check(v *verdict, src tokens, profile, when string) {
	begin, p := time.Now(), m.p
	p.KVLen = m.st.Len(0)
	p.QLen = 1
	if m.pt.Phase == result.PhasePrefill {
		p.QLen = (p.KVLen-1)%m.pt.Chunk + 1
	}
	rows := rowsChecked(p, p.KVLen)
	g := gate{p: p, rows: src.expect(p, oracle.Sample(&p, rows, m.pt.Seed))}
	w := g.check(m.one.Out.Rows(0, p.QLen), profile)
	if w.disagrees != "" {
		w.disagrees = fmt.Sprintf("%son %s numbers, %d tokens: %s", when, profile, p.KVLen, w.disagrees)
	}
	if v.agreement.Rows == 0 || w.agreement.Worst > v.agreement.Worst {
		*v = w
	}
	m.checked += time.Since(begin)
	m.pairs += int64(p.KVLen) * int64(rows) * int64(keyCost(p))
}
