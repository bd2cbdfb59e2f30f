package machine

import (
	"strings"
	"testing"
	"unsafe"

	"attnbench/harness/result"
)

func TestHugePagesOfTheBufferAlone(t *testing.T) {
	const smaps = `7f0000000000-7f0000200000 rw-p 00000000 00:00 0
Size:               2048 kB
AnonHugePages:      2048 kB
VmFlags: rd wr mr mw me ac
7f0000400000-7f0000a00000 rw-p 00000000 00:00 0 [anon: x]
Size:               6144 kB
AnonHugePages:      4096 kB
ShmemPmdMapped:        0 kB
7f0000a00000-7f0000c00000 rw-p 00000000 00:00 0
AnonHugePages:      2048 kB
`
	for _, c := range []struct {
		text   string
		lo, hi uintptr
		want   int64
		ok     bool
	}{
		{smaps, 0x7f0000400000, 0x7f0000a00000, 4 << 20, true},
		{smaps, 0x7f0000400000, 0x7f0000c00000, 6 << 20, true},
		{smaps, 0x7f0000200000, 0x7f0000400000, 0, false},
		{strings.ReplaceAll(smaps, "AnonHugePages", "Other"), 0x7f0000400000, 0x7f0000a00000, 0, false},
		{"", 0, 1, 0, false},
	} {
		if got, ok := hugeBytes(strings.NewReader(c.text), c.lo, c.hi); got != c.want || ok != c.ok {
			t.Errorf("%x to %x: %d, %v: want %d, %v", c.lo, c.hi, got, ok, c.want, c.ok)
		}
	}
}

func TestPagesAreAlignedAndReturned(t *testing.T) {
	buffer, free := newPages(3 * hugePage)
	if len(buffer) != 3*hugePage/4 || uintptr(unsafe.Pointer(&buffer[0]))%hugePage != 0 {
		t.Errorf("%d floats at %p: want %d at a multiple of %d", len(buffer), &buffer[0], 3*hugePage/4, hugePage)
	}
	touchPages(buffer)
	switch pages := pagesOf(buffer); pages {
	case "", result.PagesHuge, result.PagesSmall:
	default:
		t.Errorf("pages %q", pages)
	}
	free()
}
