package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"attnbench/harness/check"
	"attnbench/internal/guard"
)

const (
	// maxHardLen is the longest context that is filled with hard numbers.
	maxHardLen = 16 << 10

	// Steps make the context of a State grow that cannot drop its last token. flatSteps and
	// grownSteps are room for them after the longest context, where the State does not grow
	// with its capacity and where it does. A State that is full is filled anew.
	flatSteps  = 1 << 16
	grownSteps = 1 << 11
)

// decode is a single token against what a State keeps of the tokens before it. One State
// serves all contexts of a series on the way up.
type decode struct {
	*sequence
	rewinds  bool // the State can drop its last token, so that every step has the same context
	capacity int
	states   map[int]int64 // bytes of a State of each context alone
	turns    []turn
	rng      *rand.Rand
	first    int // the first sample that finds NaN in Out
}

// turn is one of the tokens that take turns at the end of the context.
type turn struct {
	src    tokens
	rows   check.Rows // empty: the context is too long for the oracle
	digest uint64
}

func newDecode(s Setup) (Workload, error) {
	q, err := newSequence(s)
	if err != nil {
		return nil, err
	}
	return &decode{sequence: q}, nil
}

// Prepare implements [Workload].
func (d *decode) Prepare(ctx context.Context) error {
	d.capacity = d.Points[len(d.Points)-1].Problem.KVLen
	flat := IsFlat(d.Variant, d.p, d.options)
	if d.rewinds = !flat && rewinds(d.Variant, d.p, d.options); !d.rewinds {
		if d.capacity += grownSteps; flat {
			d.capacity += flatSteps
		}
	}
	if d.rewinds {
		d.states = map[int]int64{}
		for _, pt := range d.Points {
			d.states[pt.Problem.KVLen] = d.predicted(pt.Problem.KVLen)
		}
	}
	d.Reseed(d.nonce)
	if err := d.prepare(d.capacity, 1); err != nil {
		return err
	}
	return ctx.Err()
}

// Bytes implements [Workload]: of a State that grows, the part of the tokens so far.
func (d *decode) Bytes() Bytes {
	b := d.sequence.Bytes()
	if d.st != nil && d.rewinds {
		b.State = d.states[d.p.KVLen]
	}
	return b
}

// Reseed implements [Workload].
func (d *decode) Reseed(nonce uint64) {
	d.sequence.Reseed(nonce)
	d.rng = rand.New(rand.NewPCG(nonce, 0x73746570))
	d.first = d.looked + d.rng.IntN(3)
}

// Move implements [Workload].
func (d *decode) Move(ctx context.Context, i int) error {
	if err := d.drop(); err != nil { // the last token may be another than its place has
		return err
	}
	if err := d.at(d.Points[i]); err != nil {
		return err
	}
	d.turns, d.first = nil, d.rng.IntN(3)
	return d.refill(ctx)
}

// refill fills the State up to the context; where it holds more already, anew.
func (d *decode) refill(ctx context.Context) error {
	n := d.p.KVLen - 1
	if d.st.Len(0) > n && !d.rewinds {
		if err := d.reset(); err != nil {
			return err
		}
		d.src.others = nil
	}
	return d.fill(ctx, d.src, n)
}

// Cost implements [Workload].
func (d *decode) Cost() Cost {
	return Cost{ReadBytes: ReadBytes(d.p), Set: setOf(d.Variant, d.pt), Single: true}
}

// Warm implements [Workload]: the other numbers are those of another token.
func (d *decode) Warm(ctx context.Context) (time.Duration, error) {
	src := d.another(d.src)
	t, err := d.step(src)
	if !d.rewinds {
		d.src = src // the token stays
	}
	if err == nil {
		err = ctx.Err()
	}
	return t, err
}

// another is src with another token at the end of the context.
func (d *decode) another(src tokens) tokens {
	last := d.st.Len(0)
	if d.rewinds {
		last = d.p.KVLen - 1
	}
	return src.instead(last, last+1+d.rng.IntN(1000))
}

// step takes the last token of the context, or, where the State does not rewind, one more.
func (d *decode) step(src tokens) (time.Duration, error) {
	if err := d.drop(); err != nil {
		return 0, err
	}
	src.take(d.one, d.st.Len(0), 1)
	return d.extend(nil)
}

// drop drops the last token of the context, where the State rewinds.
func (d *decode) drop() error {
	for b := range d.p.Batch {
		if n := d.p.KVLen - 1; d.rewinds && d.st.Len(b) > n {
			if err := d.st.Truncate(b, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check implements [Workload].
func (d *decode) Check(ctx context.Context) error {
	at, n := checkedLen(d.p), d.p.KVLen
	if d.Whole && d.pt.Problem.KVLen == d.Points[0].Problem.KVLen {
		if err := d.checkHard(ctx); err != nil {
			return err
		}
	}
	if at < n || d.Whole && n == d.Points[0].Problem.KVLen {
		if err := d.reset(); err != nil {
			return err
		}
		d.src.others = nil
	}
	if err := d.fill(ctx, d.src, at-1); err != nil {
		return err
	}
	own, err := d.checkStep(d.src, d.profile())
	if err != nil {
		return err
	}
	if err := d.fill(ctx, d.src, n-1); err != nil {
		return err
	}
	return d.takeTurns(own)
}

// checkHard checks one step on each hard profile, at a shorter context.
func (d *decode) checkHard(ctx context.Context) error {
	for _, hard := range check.HardBeside(d.p, d.pt.Input) {
		if err := d.reset(); err != nil {
			return err
		}
		src := d.src.on(d.p, hard.Of)
		src.others = nil
		if err := d.fill(ctx, src, hardChecked(d.p, maxHardLen)-1); err != nil {
			return err
		}
		if _, err := d.checkStep(src, hard.Name); err != nil {
			return err
		}
	}
	return nil
}

// checkStep runs one step, checks its output and returns the rows that were expected.
func (d *decode) checkStep(src tokens, profile string) (check.Rows, error) {
	d.ready(true)
	src.take(d.one, d.st.Len(0), 1)
	if d.rewinds && d.st.Len(0) >= d.p.KVLen {
		if _, err := d.step(src); err != nil {
			return check.Rows{}, err
		}
	} else if _, err := d.extend(nil); err != nil {
		return check.Rows{}, fmt.Errorf("on %s numbers: %w", profile, err)
	}
	c := d.expect(src, d.pairs())
	return c, d.compare(c, profile, "")
}

// takeTurns readies the samples; own are the expected rows of the token that the context ends
// with. Where the State rewinds, two tokens take turns at the end of the context, in random
// order: every sample is compared with the oracle's rows of its token, and its bits with those
// of the first step with that token. Elsewhere the context grows, no two steps are alike, and
// the oracle is evaluated for the samples that find NaN and for a last one.
func (d *decode) takeTurns(own check.Rows) error {
	if d.turns = nil; !d.rewinds {
		return nil
	}
	for i, src := range []tokens{d.src, d.another(d.src)} {
		t := turn{src: src}
		d.ready(true)
		if _, err := d.step(src); err != nil {
			return err
		}
		if d.affordable() {
			if t.rows = own; i > 0 {
				t.rows = d.expect(src, d.pairs()/4)
			}
			if err := d.compare(t.rows, d.profile(), ""); err != nil {
				return err
			}
		}
		t.digest = guard.Digest(d.one.Out.Data)
		d.turns = append(d.turns, t)
	}
	return nil
}

// affordable reports whether the oracle can follow the samples at their context.
func (d *decode) affordable() bool {
	return checkedLen(d.p) == d.p.KVLen && rowPairs(d.p, d.p.KVLen) <= morePairsChecked
}

// ready fills output and workspace before a step.
func (d *decode) ready(poison bool) {
	if poison {
		guard.Poison(d.one.Out.Data)
		guard.Poison(d.ws)
		return
	}
	guard.Refill(d.one.Out.Data, d.rng.Uint64())
	guard.Refill(d.ws[:min(len(d.ws), len(d.one.Out.Data))], d.rng.Uint64())
}

// Sample implements [Workload].
func (d *decode) Sample(ctx context.Context, n int) (sum time.Duration, err error) {
	for range n {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		t, err := d.sample(ctx)
		if err != nil {
			return 0, err
		}
		sum += t
	}
	return sum / time.Duration(n), nil
}

// sample is one step that is looked at.
func (d *decode) sample(ctx context.Context) (time.Duration, error) {
	if !d.rewinds && d.st.Len(0)+1 >= d.capacity {
		if err := d.refill(ctx); err != nil {
			return 0, err
		}
	}
	t := turn{src: d.src}
	if len(d.turns) > 0 {
		t = d.turns[d.rng.IntN(len(d.turns))]
	}
	poisoned := d.looked == d.first
	d.ready(poisoned)
	took, err := d.step(t.src)
	if err != nil {
		return 0, err
	}
	d.looked++
	return took, d.look(t, poisoned)
}

// look compares the output of a sample.
func (d *decode) look(t turn, poisoned bool) error {
	when := fmt.Sprintf("in sample %d: ", d.looked)
	switch {
	case len(d.turns) > 0:
		if !t.rows.Empty() {
			if err := d.compare(t.rows, d.profile(), when); err != nil {
				return err
			}
		}
		if d.exact() && guard.Digest(d.one.Out.Data) != t.digest {
			v := check.Verdict{Agreement: d.verdict.Agreement, Disagrees: when + "the output is not bit for bit that of the same step before"}
			d.verdict.Keep(v)
			return v.Err()
		}
	case d.affordable() && poisoned:
		if err := d.compare(d.expect(d.src, d.pairs()/4), d.profile(), when); err != nil {
			return err
		}
		_, err := d.step(d.src) // the oracle drove the State out of the caches
		return err
	}
	return nil
}

// Finish implements [Workload]: of a State that does not rewind, one more step is checked.
func (d *decode) Finish(context.Context) error {
	if d.rewinds || d.looked == 0 || !d.affordable() || d.st.Len(0)+1 >= d.capacity {
		return nil
	}
	d.ready(false)
	if _, err := d.step(d.src); err != nil {
		return err
	}
	return d.compare(d.expect(d.src, d.pairs()/4), d.profile(), "after the samples: ")
}
