//go:build !unix

package machine

import "time"

// CPUTime is the CPU time that all threads of this process have used so far; not ok where
// the system does not tell, or tells by ticks of more than a millisecond, as Windows does.
func CPUTime() (t time.Duration, ok bool) { return 0, false }
