package machine

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"attnbench/harness/result"
)

// hugePage is the size of a huge page of most systems, in bytes.
const hugePage = 2 << 20

// newPages is a buffer of that many bytes that the garbage collector does not know, on huge
// pages where the system gives them; nil where there is no memory. free returns it.
func newPages(bytes int) (buffer []float32, free func()) {
	all, err := unix.Mmap(-1, 0, bytes+hugePage, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil
	}
	skip := -int(uintptr(unsafe.Pointer(&all[0]))) & (hugePage - 1)
	aligned := all[skip : skip+bytes]
	unix.Madvise(aligned, unix.MADV_HUGEPAGE)
	return unsafe.Slice((*float32)(unsafe.Pointer(&aligned[0])), bytes/4), func() { unix.Munmap(all) }
}

// pagesOf says on which pages a buffer of newPages is, once all of it was written.
func pagesOf(buffer []float32) string {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return ""
	}
	defer smaps.Close()
	lo, size := uintptr(unsafe.Pointer(&buffer[0])), uintptr(4*len(buffer))
	huge, ok := hugeBytes(smaps, lo, lo+size)
	switch {
	case !ok:
		return ""
	case huge >= int64(size-size/10):
		return result.PagesHuge
	}
	return result.PagesSmall
}

// hugeBytes is what of the mappings between two addresses is on huge pages, by the text of a
// smaps file; not ok where the file does not tell.
func hugeBytes(smaps io.Reader, lo, hi uintptr) (bytes int64, ok bool) {
	inside := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		var from, to uintptr
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); err == nil {
			inside = from < hi && to > lo
			continue
		}
		value, found := strings.CutPrefix(lines.Text(), "AnonHugePages:")
		if !inside || !found {
			continue
		}
		var kib int64
		if _, err := fmt.Sscan(value, &kib); err != nil {
			return 0, false
		}
		bytes, ok = bytes+kib<<10, true
	}
	return bytes, ok
}
