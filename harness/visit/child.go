package visit

import (
	"time"
)

// child is the end of a conversation that measures.
type child struct {
	wire
	begin time.Time
	trip  time.Duration // of the last tick
	err   error         // of the last tick that failed
}

// ready says that all is ready for samples and waits for the parent's number, which is not 0.
func (c *child) ready() (uint64, error) {
	if err := c.send(said{Ready: true}); err != nil {
		return 0, err
	}
	for {
		var a answer
		if _, err := c.receive(&a); err != nil {
			return 0, err
		}
		if a.Nonce != nil {
			return *a.Nonce, nil
		}
	}
}

// tick compares clocks with the parent: one round trip.
func (c *child) tick(timed bool) {
	if c.err != nil {
		return
	}
	at := time.Now()
	err := c.send(said{Sync: &tick{At: int64(at.Sub(c.begin)), Trip: int64(c.trip), Timed: timed}})
	if err == nil {
		var a answer
		_, err = c.receive(&a)
	}
	c.trip, c.err = time.Since(at), err
}

// ticks ticks until a round trip was short, and once more, which tells the parent so.
func (c *child) ticks() {
	c.tick(false)
	for range maxTrials {
		short := c.trip <= soonTrip
		c.tick(false)
		if short {
			return
		}
	}
}
