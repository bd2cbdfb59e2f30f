package machine

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"

	"github.com/shirou/gopsutil/v4/cpu"
	"golang.org/x/sys/unix"
)

// Linux counts the resident pages of a process on each CPU and adds them up in batches
// (since 6.2). Three figures come of it:
//
//   - Rss of smaps_rollup is exact: a walk of the page tables.
//   - The high-water mark follows when memory is given back, by the sum of the batches.
//   - VmHWM of status is the larger of the high-water mark and the pages now, which are
//     counted exactly since 6.17, and by the sum of the batches before.
//
// So the memory now is Rss, and VmHWM counts only where the batches cannot be the cause. On
// two CPUs and 6.18, where 100 MB had been given back, VmHWM was 244 KiB below the peak.
func thisProcess() memoryMeter {
	reset := func() {
		pageInCode()
		resetPeak()
	}
	return memoryMeter{read: residentMemory, reset: reset, slack: batches()}
}

// batches is by how many bytes their sum may be off: on each CPU that this process runs on,
// one batch of anonymous and one of file pages. A batch is 32 pages, or two for each CPU of
// the machine where that is more.
func batches() int64 {
	all, _ := cpu.Counts(true)
	return int64(2 * runtime.NumCPU() * max(32, 2*all) * os.Getpagesize())
}

// earlierPeak is the peak before resetPeak.
var earlierPeak atomic.Int64

func resetPeak() {
	if peak, ok := processPeak(); ok {
		earlierPeak.Store(peak)
	}
	// Where this is not allowed the peak stays.
	if f, err := os.OpenFile("/proc/self/clear_refs", os.O_WRONLY, 0); err == nil {
		f.WriteString("5")
		f.Close()
	}
}

func processPeak() (bytes int64, known bool) {
	peak, ok := readKB("/proc/self/status", "\nVmHWM:")
	return max(peak, earlierPeak.Load()), ok
}

// residentMemory is the resident pages: anonymous ones, and those of mapped files.
func residentMemory() (u usage, ok bool) {
	now, ok1 := readKB("/proc/self/smaps_rollup", "\nRss:")
	peak, ok2 := readKB("/proc/self/status", "\nVmHWM:")
	return usage{now: now, peak: max(now, peak)}, ok1 && ok2
}

// readKB reads a figure from a file of lines "name: figure kB", in bytes. It allocates
// little, as what it allocates would count.
func readKB(path, name string) (int64, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	var text [4096]byte
	n := 0
	for n < len(text) {
		more, err := f.Read(text[n:])
		if n += more; err != nil {
			break
		}
	}
	_, rest, _ := bytes.Cut(text[:n], []byte(name))
	figure, _, found := bytes.Cut(rest, []byte(" kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(figure)), 10, 64)
	return kb << 10, found && err == nil
}

// hugePagesOff keeps the system from backing new memory of this process with huge pages,
// until the returned function is called.
func hugePagesOff() (restore func()) {
	if off, err := unix.PrctlRetInt(unix.PR_GET_THP_DISABLE, 0, 0, 0, 0); err != nil || off != 0 {
		return func() {}
	}
	unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0)
	return func() { unix.Prctl(unix.PR_SET_THP_DISABLE, 0, 0, 0, 0) }
}
