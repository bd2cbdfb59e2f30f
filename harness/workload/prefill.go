package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"attnbench/harness/check"
)

// prefill is a whole sequence from empty, in chunks through a State.
type prefill struct {
	*sequence
	look  *check.Chunks
	rows  check.Rows // empty: the context is too long for the oracle
	want  []uint64   // digests of the checked output
	first int        // the first sample that finds NaN
}

func newPrefill(s Setup) (Workload, error) {
	q, err := newSequence(s)
	if err != nil {
		return nil, err
	}
	return &prefill{sequence: q}, nil
}

// Prepare implements [Workload].
func (f *prefill) Prepare(ctx context.Context) error {
	if err := f.prepare(f.p.KVLen, f.pt.Chunk); err != nil {
		return err
	}
	return ctx.Err()
}

// other is what a warm-up appends: the tokens of the point, but for the first.
func (f *prefill) other() tokens { return f.src.instead(0, f.p.KVLen) }

// last is where the last chunk begins.
func (f *prefill) last() int { return (f.p.KVLen - 1) / f.pt.Chunk * f.pt.Chunk }

// Move implements [Workload]: all memory of the State is used before a call is looked at, and
// after the full check the State is filled up to the last chunk, which is the largest Extend.
func (f *prefill) Move(ctx context.Context, _ int) error {
	if err := f.reset(); err != nil {
		return err
	}
	if err := f.fill(ctx, f.other(), f.p.KVLen); err != nil {
		return err
	}
	if err := f.reset(); err != nil || f.Whole {
		return err
	}
	return f.fill(ctx, f.other(), f.last())
}

// Cost implements [Workload].
func (f *prefill) Cost() Cost {
	return Cost{FLOPs: f.p.FLOPs(), Set: setOf(f.Variant, f.pt), Single: true}
}

// Warm implements [Workload]: the other numbers begin with another token.
func (f *prefill) Warm(ctx context.Context) (time.Duration, error) {
	if f.Whole {
		return f.whole(ctx, f.other(), f.p.KVLen, nil)
	}
	if f.st.Len(0) > f.last() { // called again
		if err := f.reset(); err != nil {
			return 0, err
		}
		if err := f.fill(ctx, f.other(), f.last()); err != nil {
			return 0, err
		}
	}
	return f.chunks(ctx, f.other(), f.last(), f.p.KVLen, nil)
}

// Check implements [Workload]. After the full check the first sample, which is not timed, is
// the first to be compared.
func (f *prefill) Check(ctx context.Context) error {
	n, at := f.p.KVLen, checkedLen(f.p)
	if f.Whole {
		for _, hard := range check.HardBeside(f.p, f.pt.Input) {
			src := f.src.on(f.p, hard.Of)
			if _, err := f.whole(ctx, src, hardChecked(f.p, 2*f.pt.Chunk), nil); err != nil {
				return err
			}
			if err := f.compare(f.expect(src, f.st.Len(0), maxHardPairs), hard.Name, ""); err != nil {
				return err
			}
		}
	}
	if at < n {
		if _, err := f.whole(ctx, f.src, at, nil); err != nil {
			return err
		}
		if err := f.compare(f.expect(f.src, at, f.pairs()), f.profile(), ""); err != nil {
			return err
		}
	}
	f.look = &check.Chunks{Scaling: check.NewScaling(f.p, f.src.block.V, f.nonce)}
	f.Reseed(f.nonce)
	if at == n {
		f.rows = f.expect(f.src, n, f.pairs())
	}
	if !f.Whole {
		return nil
	}
	if _, err := f.whole(ctx, f.src, n, f.look); err != nil {
		return err
	}
	f.want = f.look.Bits
	if at < n {
		return nil
	}
	return f.compare(f.rows, f.profile(), "")
}

// Reseed implements [Workload].
func (f *prefill) Reseed(nonce uint64) {
	f.sequence.Reseed(nonce)
	if f.first = f.looked + rand.New(rand.NewPCG(nonce, 0x63686e6b)).IntN(2); f.look != nil {
		f.look.Reseed(nonce)
	}
}

// Sample implements [Workload].
func (f *prefill) Sample(ctx context.Context, n int) (sum time.Duration, err error) {
	for range n {
		f.look.Draw()
		f.look.Poison = f.looked == f.first
		t, err := f.whole(ctx, f.src, f.p.KVLen, f.look)
		if err != nil {
			return 0, err
		}
		sum += t
		f.looked++
		when := fmt.Sprintf("in sample %d: ", f.looked)
		if !f.rows.Empty() {
			if err := f.compare(f.look.Of(f.rows), f.profile(), when); err != nil {
				return 0, err
			}
		}
		if f.want == nil {
			f.want = f.look.Bits
		}
		if why := f.look.Differs(f.look.Bits, f.want); f.exact() && why != "" {
			v := check.Verdict{Agreement: f.verdict.Agreement, Disagrees: when + why}
			f.verdict.Keep(v)
			return 0, v.Err()
		}
	}
	return sum / time.Duration(n), nil
}

// whole takes the first n tokens from empty in chunks and returns the time of the
// Extends; look, where not nil, looks at the output of each.
func (f *prefill) whole(ctx context.Context, src tokens, n int, look *check.Chunks) (t time.Duration, err error) {
	if err := f.reset(); err != nil {
		return 0, err
	}
	look.Begin()
	return f.chunks(ctx, src, 0, n, look)
}

// chunks takes the tokens from lo to n, after those before.
func (f *prefill) chunks(ctx context.Context, src tokens, lo, n int, look *check.Chunks) (t time.Duration, err error) {
	for ; lo < n; lo += f.pt.Chunk {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		rows := min(f.pt.Chunk, n-lo)
		src.take(f.one, lo, rows)
		look.Before(f.one.Out, f.ws)
		once, err := f.extend(f.counts(rows, f.pt.Chunk))
		if err != nil {
			return 0, err
		}
		t += once
		look.After(f.one.Out.Rows(0, rows))
	}
	return t, nil
}

// Finish implements [Workload].
func (f *prefill) Finish(context.Context) error {
	if f.look != nil {
		f.look.Restore()
	}
	return nil
}
