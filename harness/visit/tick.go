package visit

import (
	"fmt"
	"time"
)

// tick is a moment by the child's clock. The parent stamps it as it arrives and answers;
// the child says in its next tick how long the answer took, which is how far the moment and
// the stamp may be apart.
type tick struct {
	At    int64 `json:"at"`              // ns since the child began
	Trip  int64 `json:"trip"`            // ns of the round trip of the tick before
	Timed bool  `json:"timed,omitempty"` // since the tick before calls were made, and nothing else
}

const (
	// soonTrip is a round trip that is short enough to compare clocks. On a busy machine
	// the child tries again, a few times.
	soonTrip  = 300 * time.Microsecond
	maxTrials = 10

	// maxTrip bounds what is believed of a longer one.
	maxTrip = 5 * time.Millisecond

	// clockSlack and clockShare bound what two honest clocks may differ by beside the round
	// trips: a constant, and a part of the time.
	clockSlack = 500 * time.Microsecond
	clockShare = 0.03
)

type stamped struct {
	at    time.Duration // by the child's clock
	stamp time.Time     // by the parent's
}

// clocks holds the child's clock, and its samples, against the parent's clock.
type clocks struct {
	last  stamped
	ticks int
	good  stamped // the last tick with a short round trip
	goods int
	apart string // says how the clocks differ; empty where they do not

	since   time.Duration // the last tick but one, where nothing but calls was between the two; else 0
	timed   time.Duration // by the parent's clock, of calls since the last stretch
	calls   int           // of a stretch whose last round trip is not known yet
	perCall time.Duration // of the fastest stretch
}

func (c *clocks) add(t tick, stamp time.Time) {
	if c.ticks > 0 {
		c.tripped(time.Duration(t.Trip))
	}
	c.since = 0
	if c.ticks > 0 && t.Timed {
		c.since = stamp.Sub(c.last.stamp)
	}
	c.last = stamped{time.Duration(t.At), stamp}
	c.ticks++
}

// tripped takes in the round trip of the last tick.
func (c *clocks) tripped(trip time.Duration) {
	// The last tick may have arrived late by as much as its round trip took. Calls that are
	// too short for such a clock are not held against it.
	c.timed += max(0, c.since-clockSlack-min(trip, maxTrip))
	if c.calls > 0 {
		took := time.Duration(1)
		if c.timed >= minStretch/2 {
			took = c.timed / time.Duration(c.calls)
		}
		if c.perCall == 0 || took < c.perCall {
			c.perCall = took
		}
		c.timed, c.calls = 0, 0
	}
	if trip <= soonTrip {
		c.compare()
		c.good = c.last
		c.goods++
	}
}

// stretch says how many calls those since the last stretch were.
func (c *clocks) stretch(calls int) { c.calls = calls }

// compare compares what passed between the last good tick and the last, which is good too.
func (c *clocks) compare() {
	if c.goods == 0 || c.apart != "" {
		return
	}
	theirs, ours := c.last.at-c.good.at, c.last.stamp.Sub(c.good.stamp)
	slack := clockSlack + 2*soonTrip + time.Duration(clockShare*float64(ours))
	if diff := theirs - ours; diff < -slack || diff > slack {
		c.apart = fmt.Sprintf("%v passed by the clock of its process, %v by the clock of the sweep: a kernel must leave the clock alone",
			short(theirs), short(ours))
	}
}

// short is d with three digits.
func short(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit)
}
