package machine

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// memoryCounters is PROCESS_MEMORY_COUNTERS of Windows.
type memoryCounters struct {
	size                                             uint32
	pageFaults                                       uint32
	peakWorkingSet, workingSet                       uintptr
	peakPagedPool, pagedPool, peakNonPaged, nonPaged uintptr
	committed, peakCommitted                         uintptr
}

var getMemoryCounters = windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")

// thisProcess reads the memory that the process has committed: unlike its working set the
// system never takes any of it away. The peak cannot be reset.
func thisProcess() memoryMeter {
	return memoryMeter{read: committedMemory, reset: func() {}}
}

func committedMemory() (u usage, ok bool) {
	c := memoryCounters{size: uint32(unsafe.Sizeof(memoryCounters{}))}
	if getMemoryCounters.Find() != nil {
		return u, false
	}
	done, _, _ := getMemoryCounters.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&c)), uintptr(c.size))
	return usage{now: int64(c.committed), peak: int64(c.peakCommitted)}, done != 0
}

func processPeak() (bytes int64, known bool) {
	u, ok := committedMemory()
	return u.peak, ok
}

func hugePagesOff() (restore func()) { return func() {} }
