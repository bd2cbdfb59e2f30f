package workload

import (
	"context"
	"fmt"

	"attnbench/harness/check"
	"attnbench/internal/guard"
)

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
	var own check.Rows
	if d.Whole || rowPairs(d.p, at) <= fewPairsChecked || d.rng.IntN(fewChecked) == 0 {
		var err error
		if own, err = d.checkStep(d.src, d.profile(), d.pairs()); err != nil {
			return err
		}
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
		if _, err := d.checkStep(src, hard.Name, maxHardPairs); err != nil {
			return err
		}
	}
	return nil
}

// checkStep runs one step, checks its output and returns the rows that were expected.
func (d *decode) checkStep(src tokens, profile string, pairs int64) (check.Rows, error) {
	d.ready(true)
	src.take(d.one, d.st.Len(0), 1)
	if d.rewinds && d.st.Len(0) >= d.p.KVLen {
		if _, err := d.step(src); err != nil {
			return check.Rows{}, err
		}
	} else if _, err := d.extend(nil); err != nil {
		return check.Rows{}, fmt.Errorf("on %s numbers: %w", profile, err)
	}
	c := d.expect(src, d.st.Len(0), pairs)
	return c, d.compare(c, profile, "")
}

// takeTurns readies the samples; own are the expected rows of the token that the context ends
// with, where the oracle looked at it. Where the State rewinds, two tokens take turns at the end of the context, in random
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
		switch {
		case i == 0 && checkedLen(d.p) == d.p.KVLen:
			t.rows = own
		case i > 0 && d.affordable():
			t.rows = d.expect(src, d.st.Len(0), d.pairs()/4)
		}
		if !t.rows.Empty() {
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
	return checkedLen(d.p) == d.p.KVLen && rowPairs(d.p, d.p.KVLen) <= min(d.pairs(), maxPairsFollowed)
}

// ready fills output and workspace before a step.
func (d *decode) ready(poison bool) {
	if poison {
		check.Poison(d.one.Out.Data, d.ws)
		return
	}
	guard.Refill(d.one.Out.Data, d.rng.Uint64())
	guard.Refill(d.ws[:min(len(d.ws), len(d.one.Out.Data))], d.rng.Uint64())
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
		if err := d.compare(d.expect(d.src, d.st.Len(0), d.pairs()/4), d.profile(), when); err != nil {
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
	return d.compare(d.expect(d.src, d.st.Len(0), d.pairs()/4), d.profile(), "after the samples: ")
}
