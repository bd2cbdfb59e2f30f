package harness

import (
	"fmt"
	"time"

	"attnbench/harness/result"
)

// Budget bounds a sweep.
type Budget struct {
	Time       time.Duration // of the whole sweep
	Memory     int64         // bytes that one point may hold; 0: unknown, unbounded
	MinSamples int           // fewer make no record
	Samples    int           // wanted of a point that is not slow
	MaxSamples int           // of a point that is fast
	Point      time.Duration // maximum of one point; 0: half of Time

	whole int // passes of full length before the samples; 0: checkedForwards
}

// DefaultBudget is a sweep of under two minutes; QuickBudget one of seconds.
// Memory is left to the caller.
var (
	DefaultBudget = Budget{Time: 115 * time.Second, MinSamples: 3, Samples: 10, MaxSamples: 50}
	QuickBudget   = Budget{Time: 30 * time.Second, MinSamples: 3, Samples: 10, MaxSamples: 20}
)

// slow is the time after which a point takes no more than MinSamples.
func (b Budget) slow() time.Duration { return b.Time / 20 }

// maxPoint is the share of the budget that no point may exceed.
func (b Budget) maxPoint() time.Duration {
	if b.Point > 0 {
		return b.Point
	}
	return b.Time / 2
}

// samples is the number of samples of length t: MaxSamples where a sample is cheap,
// Samples where they fit, and fewer, at least MinSamples, where a sample is slow.
func (b Budget) samples(t time.Duration) int {
	cheap := b.slow() / 20
	switch n := int(b.slow() / max(t, 1)); {
	case t*time.Duration(b.MaxSamples) <= cheap:
		return b.MaxSamples
	case n >= b.Samples:
		return max(b.Samples, min(b.MaxSamples, int(cheap/max(t, 1))))
	default:
		return max(b.MinSamples, n)
	}
}

// checkedForwards are a point's Forwards before the samples: the warm-up, and one
// for each hard profile.
var checkedForwards = 1 + len(hardProfiles)

func (b Budget) checks() int {
	if b.whole > 0 {
		return b.whole
	}
	return checkedForwards
}

// cost is the time of all checks and samples of a point with Forwards of length t.
func (b Budget) cost(t time.Duration) time.Duration {
	return t * time.Duration(b.samples(t)+b.checks())
}

// refuse explains why a point would exceed its share of time; empty where it would not.
func (b Budget) refuse(t, overhead, left time.Duration) string {
	shortest := t*time.Duration(b.MinSamples+b.checks()) + overhead
	passes := fmt.Sprintf("%d checks and %d samples", b.checks(), b.MinSamples)
	if b.checks() == 1 {
		passes = fmt.Sprintf("a check and %d samples", b.MinSamples)
	}
	switch {
	case shortest > b.maxPoint():
		return fmt.Sprintf("predicted %s for %s: more than one point's share, %s of the budget of %s",
			round(shortest), passes, round(b.maxPoint()), b.Time)
	case shortest > left:
		return fmt.Sprintf("predicted %s for %s, with %s of the budget of %s left",
			round(shortest), passes, round(max(0, left)), b.Time)
	}
	return ""
}

func round(d time.Duration) time.Duration {
	if d > 10*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond)
}

// DecodeBudget is a decode sweep of some minutes; QuickDecodeBudget one of under a
// minute. A p99 needs more samples than a median does.
var (
	DecodeBudget      = Budget{Time: 5 * time.Minute, MinSamples: 30, Samples: 200, MaxSamples: 400}
	QuickDecodeBudget = Budget{Time: 30 * time.Second, MinSamples: 30, Samples: 200, MaxSamples: 200}
)

// of is the budget of one phase. A prefill takes few samples and a small share of the
// time, so that the prefills of all variants leave most of the time to the steps. Its
// hard numbers are checked on a short context.
func (b Budget) of(phase string) Budget {
	if phase == result.PhasePrefill {
		b.Point, b.MinSamples, b.Samples, b.MaxSamples, b.whole = b.Time/20, 2, 3, 10, 1
	}
	return b
}
