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
