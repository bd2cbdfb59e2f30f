//go:build !linux

package machine

import "time"

// ReadyTime is the time that the threads of this process have run or waited for a core so
// far, added up. It is not ok here: this system does not tell.
func ReadyTime() (t time.Duration, ok bool) { return 0, false }
