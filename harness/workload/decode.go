package workload

import (
	"context"
	"math/rand/v2"
	"time"

	"attnbench/harness/check"
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
