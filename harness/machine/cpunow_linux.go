package machine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// cpuNow is the CPU that the calling thread runs on; not ok where the system does not tell.
func cpuNow() (cpu int, ok bool) {
	var n uint32
	_, _, failed := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&n)), 0, 0)
	return int(n), failed == 0
}
