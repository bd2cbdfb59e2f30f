package machine

import (
	"runtime"
	"runtime/debug"
)

// PeakGrowth calls f and returns by how many bytes the memory of this process at its peak
// within f exceeds the memory before f. It is not known where the system does not tell, and
// where f returns an error, which is err.
//
// All that f allocates shows: the garbage collector is off meanwhile, memory that it had
// freed goes back to the system first, and huge pages, which make a megabyte of a byte, are
// off too. So it does not matter whether a buffer that was there before lies in the Go heap,
// as long as all of it was written to. Other goroutines count as well: a process measures
// one f at a time. It runs a smaller f first, so that threads and their stacks are there.
//
// What f took and kept, or left to the collector, counts to the page. Of what f gave back
// to the system before it returned, some may be missing: see [memoryMeter.slack].
func PeakGrowth(f func() error) (bytes int64, known bool, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer hugePagesOff()()
	debug.FreeOSMemory()
	return thisProcess().growth(f)
}

// ProcessPeak is the largest memory that this process has held so far, in bytes; not known
// where the system does not tell.
func ProcessPeak() (bytes int64, known bool) { return processPeak() }

// usage is the memory of a process in bytes.
type usage struct{ now, peak int64 }

// memoryMeter reads the memory of a process.
type memoryMeter struct {
	read func() (usage, bool)
	// reset makes the memory now the peak, where the system can.
	reset func()
	// slack is by how many bytes the peak may be too large, or too small after memory was
	// given back. The memory now is exact.
	slack int64
}

func (m memoryMeter) growth(f func() error) (bytes int64, known bool, err error) {
	m.reset()
	before, ok := m.read()
	// A peak that is not reset may lie far above the memory now, and would hide that of f.
	ballast := make([]float32, max(0, before.peak-before.now-m.slack)/4)
	if len(ballast) > 0 {
		touchPages(ballast)
		before, ok = m.read()
	}
	if err := f(); err != nil || !ok {
		return 0, false, err
	}
	after, ok := m.read()
	runtime.KeepAlive(ballast)
	most := after.now
	if after.peak > max(before.peak, most)+m.slack {
		most = after.peak
	}
	return max(0, most-before.now), ok, nil
}
