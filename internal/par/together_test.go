package par

import (
	"sync/atomic"
	"testing"
	"time"
)

// All work at the same time, and the time is that of the slowest.
func TestTogether(t *testing.T) {
	var now, peak atomic.Int64
	took := Together(3, func(w int) {
		n := now.Add(1)
		for {
			if m := peak.Load(); n <= m || peak.CompareAndSwap(m, n) {
				break
			}
		}
		time.Sleep(time.Duration(w+1) * 20 * time.Millisecond)
		now.Add(-1)
	})
	if peak.Load() != 3 || took < 60*time.Millisecond {
		t.Errorf("%d at once, %v: want 3, at least 60ms", peak.Load(), took)
	}
}

// No worker begins a round before all have ended the one before, and each round has its own
// time.
func TestRoundsBeginTogether(t *testing.T) {
	const n, rounds = 3, 4
	var done [rounds]atomic.Int64
	took := Rounds(n, rounds, func(w, r int) {
		if r > 0 && done[r-1].Load() != n {
			t.Errorf("worker %d begins round %d when %d of %d have ended the one before", w, r, done[r-1].Load(), n)
		}
		if w == r {
			time.Sleep(time.Duration(r+1) * 10 * time.Millisecond)
		}
		done[r].Add(1)
	})
	for r, want := range []time.Duration{10, 20, 30, 0} {
		if took[r] < want*time.Millisecond || done[r].Load() != n {
			t.Errorf("round %d: %v, %d workers: want at least %d ms, %d workers", r, took[r], done[r].Load(), want, n)
		}
	}
}
