package machine

import (
	"testing"

	"golang.org/x/sys/unix"
)

// mapped maps that many bytes apart from the Go heap and writes to pages of them.
func mapped(t *testing.T, bytes, pages int) []byte {
	x, err := unix.Mmap(-1, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	unix.Madvise(x, unix.MADV_HUGEPAGE)
	for i := range pages {
		x[i*4096] = 1
	}
	return x
}

// The pages that a call has given back before it returns were its peak.
func TestPeakGrowthSeesWhatIsGivenBack(t *testing.T) {
	const some = 48 << 20
	n := grown(t, func() { unix.Munmap(mapped(t, some, some/4096)) })
	if off := batches(); n < some-off || n > some+off+startBytes {
		t.Errorf("%d bytes: want %d, up to %d off", n, some, off)
	}
}

func TestAHugePageIsNotTheGrowthOfAByte(t *testing.T) {
	const some = 8 << 20
	var x []byte
	if n := grown(t, func() { x = mapped(t, some, 1) }); n > startBytes {
		t.Errorf("%d bytes for one page", n)
	}
	unix.Munmap(x)
	off, err := unix.PrctlRetInt(unix.PR_GET_THP_DISABLE, 0, 0, 0, 0)
	if err != nil || off != 0 {
		t.Errorf("huge pages are off for good: %v, %v", off, err)
	}
}

// Without it a ballast as large as the peak before would be needed.
func TestResetPeakLowersThePeak(t *testing.T) {
	const some = 48 << 20
	unix.Munmap(mapped(t, some, some/4096))
	before, ok1 := residentMemory()
	resetPeak()
	after, ok2 := residentMemory()
	if off := batches(); !ok1 || !ok2 || before.peak < before.now+some/2 || after.peak > after.now+off {
		t.Errorf("%+v, then %+v: want a peak of at most %d more than now", before, after, off)
	}
}
