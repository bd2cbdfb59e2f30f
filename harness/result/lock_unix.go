//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package result

import (
	"os"
	"syscall"
)

// lock takes the file for this process until it closes the file or ends, or fails at once
// where another process has it. Who only reads is not kept out.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
