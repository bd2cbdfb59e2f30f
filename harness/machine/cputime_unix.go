//go:build unix && !linux

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime is the CPU time that all threads of this process have used so far; not ok where
// the system does not tell, or tells by ticks of more than a millisecond.
func CPUTime() (t time.Duration, ok bool) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
