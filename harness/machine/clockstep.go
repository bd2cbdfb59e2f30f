package machine

import (
	"sync"
	"time"
)

// ClockStep is the smallest step that the clock of this process showed.
var ClockStep = sync.OnceValue(func() time.Duration {
	step := time.Duration(0)
	for range 100 {
		begin := time.Now()
		t := time.Since(begin)
		for t <= 0 {
			t = time.Since(begin)
		}
		if step == 0 || t < step {
			step = t
		}
	}
	return step
})
