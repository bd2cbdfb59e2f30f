package plan

import (
	"fmt"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// Budget bounds a sweep.
type Budget struct {
	Time   time.Duration // of the whole sweep
	Point  time.Duration // that one visit may take; 0: what the share of its point leaves
	Memory int64         // bytes that the process of a visit may hold; 0: unknown, unbounded

	Visits     int // of a point up to LongFrom tokens
	LongVisits int // of a longer one
	LongFrom   int
	MaxVisits  int // of a point, with further ones where its interval is wide; 0: none but repeats

	Samples visit.Samples // of one point in one visit; its Time follows from Share
	Share   int           // the samples of a point take at most this part of Time
	Rows    int           // that visits after the first check
}

// DefaultBudget is a sweep of under two minutes, with recall and report and a last visit that
// takes longer than predicted; QuickBudget is one of seconds;
// DecodeBudget is a sweep of States of under five minutes, QuickDecodeBudget one of under a
// minute: a p99 needs more samples than a median does. Memory is left to the caller.
var (
	DefaultBudget = Budget{Time: 110 * time.Second, Visits: 6, LongVisits: 4, LongFrom: 4096, MaxVisits: 24, Rows: 16,
		Share: 20, Samples: visit.Samples{Min: 1, Want: 3, Max: 10}}
	QuickBudget = Budget{Time: 30 * time.Second, Visits: 4, LongVisits: 4, LongFrom: 4096, Rows: 16,
		Share: 20, Samples: visit.Samples{Min: 1, Want: 4, Max: 7}}
	DecodeBudget = Budget{Time: 285 * time.Second, Visits: 6, LongVisits: 4, LongFrom: 4096, MaxVisits: 12, Rows: 16,
		Share: 80, Samples: visit.Samples{Min: 10, Want: 67, Max: 134}}
	QuickDecodeBudget = Budget{Time: 45 * time.Second, Visits: 4, LongVisits: 4, Rows: 16,
		Share: 60, Samples: visit.Samples{Min: 10, Want: 67, Max: 67}}
)

// String says in words what a sweep is bounded by.
func (b Budget) String() string {
	visits := fmt.Sprintf("%d visits each", b.visits(b.LongFrom))
	switch short, long := b.visits(b.LongFrom), b.visits(b.LongFrom+1); {
	case short != long:
		visits = fmt.Sprintf("%d visits each up to %d tokens and %d beyond", short, b.LongFrom, long)
	case short == 1:
		visits = "one visit each"
	}
	if b.MaxVisits > 0 {
		visits += fmt.Sprintf(", then further ones, to %d, where the interval is widest", b.MaxVisits)
	}
	return fmt.Sprintf("%s, within a budget of %s", visits, b.Time)
}

// visits is how often a point of that many tokens is visited.
func (b Budget) visits(tokens int) int {
	if tokens > b.LongFrom {
		return max(1, b.LongVisits)
	}
	return max(1, b.Visits)
}

// prefillShare is the part of the time that a prefill may take; any other point may take half.
const prefillShare = 6

// share is the time that all visits to a point, or to the contexts of its series, may take.
func (b Budget) share(pt point.Point) time.Duration {
	switch {
	case b.Point > 0:
		return b.Point
	case pt.Workload == result.WorkloadPrefill:
		return b.Time / prefillShare
	}
	return b.Time / 2
}

// samples are those of one visit. A prefill takes few.
func (b Budget) samples(pt point.Point) visit.Samples {
	s := b.Samples
	if pt.Workload == result.WorkloadPrefill {
		s = visit.Samples{Min: 1, Want: 1, Max: 3}
	}
	s.Time = b.sampleTime()
	return s
}

// sampleTime is what the samples of a point in one visit may take.
func (b Budget) sampleTime() time.Duration {
	return b.Time / time.Duration(max(1, b.Share)*max(1, b.Visits))
}

// refuse explains why a point would exceed its share of time: predicted for all of its
// visits, and for the next one. It is empty where it would not.
func (b Budget) refuse(pt point.Point, all, next, left time.Duration, visits int) string {
	many := fmt.Sprintf("%d visits", visits)
	if visits == 1 {
		many = "a visit"
	}
	switch share := b.share(pt); {
	case b.Point > 0 && next > b.Point:
		return fmt.Sprintf("predicted %s for a visit, which may take %s", round(next), round(b.Point))
	case b.Point == 0 && all > share:
		return fmt.Sprintf("predicted %s for %s: more than one point's share, %s of the budget of %s", round(all), many, round(share), b.Time)
	case next > left:
		return fmt.Sprintf("predicted %s for a visit, with %s of the budget of %s left", round(next), round(max(0, left)), b.Time)
	}
	return ""
}

func round(d time.Duration) time.Duration {
	if d > 10*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond)
}

// tokens is the N of a point: the keys that a query may look at.
func tokens(pt point.Point) int { return pt.Problem.KVLen }
