package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ReadyTime is the time that the threads of this process have run or waited for a core so
// far, added up. In a stretch of time over which it hardly grows nothing was computed, and
// no neighbour is to blame: all threads slept. It is not ok where the system does not tell.
// Threads that have ended are not in it.
func ReadyTime() (t time.Duration, ok bool) {
	files, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil || len(files) == 0 {
		return 0, false
	}
	for _, name := range files {
		var ran, waited time.Duration
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if _, err := fmt.Sscan(string(data), &ran, &waited); err != nil {
			return 0, false
		}
		t += ran + waited
	}
	return t, t > 0
}
