package result

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock takes the file for this process until it closes the file or ends, or fails at once
// where another process has it. Windows keeps readers out of locked bytes, so that the
// locked byte lies far behind the end.
func lock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
}
