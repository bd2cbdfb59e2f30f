package harness

import (
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

const (
	// maxPairsChecked bounds the pairs of a query and a key that the oracle evaluates
	// on each profile of a point; a row has one pair for each token of the context.
	maxPairsChecked = 1 << 19
	maxStateRows    = 16

	// maxChecked is the longest context that is checked under a softmax.
	maxChecked = 1 << 20

	// maxHardLen is the longest context that is filled with hard numbers.
	maxHardLen = 16 << 10
)

// recurrentWork bounds context·D·Dv of a check under a recurrent rule, whose oracle
// updates the whole state S [D, Dv] at every key. Tests lower it.
var recurrentWork = 1 << 26

// checkedLen is the context at which a point is checked: the point's own, or the longest
// context that the oracle can afford.
func checkedLen(p attn.Problem) int {
	if p.Rule.Kind == attn.Recurrent {
		return max(1, min(p.KVLen, recurrentWork/(p.HeadDim*p.ValueDim)))
	}
	return max(1, min(p.KVLen, maxChecked/keyCost(p)))
}

// hardChecked is the context at which a point is checked on the hard numbers.
func hardChecked(p attn.Problem, phase string) int {
	if phase == result.PhasePrefill {
		return min(checkedLen(p), 2*prefillChunk)
	}
	return min(checkedLen(p), maxHardLen)
}

// rowsChecked is the number of rows of p that are checked at a context of n tokens.
func rowsChecked(p attn.Problem, n int) int {
	if p.Rule.Kind == attn.Recurrent {
		return 2
	}
	return max(1, min(maxStateRows, maxPairsChecked/(n*keyCost(p))))
}

// keyCost is the oracle's time for a key under p's rule, in units of its time under a
// softmax: M/D for a feature map of M features, and M for Favor, where each feature is
// an inner product with the key.
func keyCost(p attn.Problem) int {
	switch {
	case p.Rule.Kind != attn.Linear:
		return 1
	case p.Rule.Feature == attn.Favor:
		return p.Features()
	}
	return max(1, p.Features()/p.HeadDim)
}

// checkedPairs predicts the time of all checks of a point: pairs of a row and a key,
// weighted by keyCost.
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

func (m *stateRun) checkStep(v *verdict, src tokens, profile string) error {
	guard.Poison(m.one.Out.Data)
	guard.Poison(m.ws)
	if _, err := m.step(src); err != nil {
		return fmt.Errorf("on %s numbers: %w", profile, err)
	}
	m.check(v, src, profile, "")
	return nil
}

// check compares rows of the last Extend with the oracle and keeps the worse verdict
// in v: all rows of a step, sampled rows of the last chunk of a prefill.
func (m *stateRun) check(v *verdict, src tokens, profile, when string) {
	begin, p := time.Now(), m.p
	p.KVLen = m.st.Len(0)
	p.QLen = 1
	if m.pt.Phase == result.PhasePrefill {
		p.QLen = (p.KVLen-1)%m.pt.Chunk + 1
	}
	rows := rowsChecked(p, p.KVLen)
	c := oracleCheck{p: p, rows: src.expect(p, oracle.Sample(&p, rows, m.pt.Seed))}
	w := c.check(m.one.Out.Rows(0, p.QLen), profile)
	if w.disagrees != "" {
		w.disagrees = fmt.Sprintf("%son %s numbers, %d tokens: %s", when, profile, p.KVLen, w.disagrees)
	}
	if v.agreement.Rows == 0 || w.agreement.Worst > v.agreement.Worst {
		*v = w
	}
	m.checked += time.Since(begin)
	m.pairs += int64(p.KVLen) * int64(rows) * int64(keyCost(p))
}
