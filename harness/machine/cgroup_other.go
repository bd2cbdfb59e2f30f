//go:build !linux

package machine

// groupMemory knows of no limit: only Linux has control groups.
func groupMemory() (bytes int64, limited bool) { return 0, false }
