package harness

import (
	"fmt"
	"math/rand/v2"
	"time"

	"attnbench/internal/guard"
)

// stepsChecked is how often the oracle is evaluated for the samples of a step.
const stepsChecked = 2

// stepCheck looks at the output of samples of single steps, outside the clock. Before a
// sample it fills Out with finite numbers that no result is, before one random sample with
// NaN, and the workspace too. Where the State rewinds, two tokens take turns at the end of
// the context, in random order: every sample is compared with the oracle's rows of its
// token, and its bits with those of the first step with that token. Elsewhere the context
// grows, no two steps are alike, and the oracle is evaluated for the sample with NaN and for
// the last.
type stepCheck struct {
	*stateRun
	verdict  *verdict
	turns    []stepTurn
	rng      *rand.Rand
	samples  int
	poisoned int
}

// stepTurn is one of the tokens that take turns.
type stepTurn struct {
	src    tokens
	rows   oracleCheck // none: the context is too long for the oracle
	digest uint64
}

// newStepCheck readies the check of n samples; own are the expected rows of the token that
// the context ends with. Where the State rewinds, it runs and checks a first step with each
// token.
func newStepCheck(m *stateRun, v *verdict, own oracleCheck, n int) (*stepCheck, error) {
	c := &stepCheck{stateRun: m, verdict: v, samples: n, rng: rand.New(rand.NewPCG(m.pt.Seed, 0x73746570))}
	c.poisoned = c.rng.IntN(max(1, n-1))
	if !m.rewinds {
		return c, nil
	}
	last := m.p.KVLen - 1
	for i, src := range []tokens{m.src, m.src.instead(last, last+1+c.rng.IntN(1000))} {
		turn := stepTurn{src: src}
		c.refill(true)
		if _, err := m.step(src); err != nil {
			return nil, err
		}
		if c.affordable() {
			if turn.rows = own; i > 0 {
				turn.rows = m.expect(src, morePairsChecked)
			}
			m.check(v, turn.rows, m.record.Input, "")
		}
		turn.digest = guard.Digest(m.one.Out.Data)
		c.turns = append(c.turns, turn)
	}
	return c, nil
}

// affordable reports whether the oracle can follow to the context of the samples.
func (c *stepCheck) affordable() bool { return checkedLen(c.p) == c.p.KVLen }

func (c *stepCheck) refill(poison bool) {
	if poison {
		guard.Poison(c.one.Out.Data)
		guard.Poison(c.ws)
		return
	}
	guard.Refill(c.one.Out.Data, c.rng.Uint64())
	guard.Refill(c.ws[:min(len(c.ws), len(c.one.Out.Data))], c.rng.Uint64())
}

// sample takes sample i and looks at its output.
func (c *stepCheck) sample(i int) (time.Duration, error) {
	turn := stepTurn{src: c.src}
	if len(c.turns) > 0 {
		turn = c.turns[c.rng.IntN(len(c.turns))]
	}
	c.refill(i == c.poisoned)
	t, err := c.step(turn.src)
	if err != nil {
		return 0, err
	}
	c.looked++
	when := fmt.Sprintf("in sample %d: ", i+1)
	switch {
	case len(c.turns) > 0:
		if len(turn.rows.rows) > 0 {
			c.check(c.verdict, turn.rows, c.record.Input, when)
		}
		if c.exact && guard.Digest(c.one.Out.Data) != turn.digest && c.verdict.disagrees == "" {
			c.verdict.disagrees = when + "the output is not bit for bit that of the same step before"
		}
	case c.affordable() && (i == c.poisoned || i == c.samples-1):
		c.check(c.verdict, c.expect(c.src, morePairsChecked), c.record.Input, when)
		if i < c.samples-1 {
			_, err = c.step(c.src) // the oracle drove the State out of the caches
		}
	}
	return t, err
}
