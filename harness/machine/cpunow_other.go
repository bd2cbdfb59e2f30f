//go:build !linux

package machine

// cpuNow is not known here.
func cpuNow() (cpu int, ok bool) { return 0, false }
