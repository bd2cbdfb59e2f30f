package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime is the CPU time that all threads of this process have used so far; not ok where
// the system does not tell, or tells by ticks of more than a millisecond.
func CPUTime() (t time.Duration, ok bool) {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now) != nil {
		return 0, false
	}
	return time.Duration(now.Nano()), true
}
