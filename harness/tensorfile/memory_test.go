package tensorfile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// npyOfZeros is an array of f4 zeros.
func npyOfZeros(shape ...int) []byte {
	size, dims := 4, make([]string, len(shape))
	for i, d := range shape {
		size *= d
		dims[i] = strconv.Itoa(d)
	}
	dict := "{'descr': '<f4', 'fortran_order': False, 'shape': (" + strings.Join(dims, ", ") + "), }\n"
	data := append([]byte("\x93NUMPY\x01\x00"), byte(len(dict)), 0)
	return append(append(data, dict...), make([]byte, size)...)
}

// npzOf is an archive of q, k and v: a byte of it stands for a thousand zeros.
func npzOf(t *testing.T, members ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, data := range members {
		w, err := z.Create(names[i] + ".npy")
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated is what f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// some is enough for headers, Deflate and a part of a tensor.
const some = 1 << 20

// 24 MB of zeros, for which the archive spends 24 kB.
func TestAnArchiveNeedsTheMemoryOfTheRowsThatAreRead(t *testing.T) {
	const rows = 32 << 10
	zeros := npyOfZeros(1, 2, rows, 32)
	data := npzOf(t, zeros, zeros, zeros)
	if len(data) > 100<<10 {
		t.Fatalf("the archive is %d bytes", len(data))
	}
	path := written(t, "x.npz", data)
	var f *File
	if took := allocated(func() { f, _ = Open(path) }); f == nil || took > some {
		t.Fatalf("%v: its header took %d bytes", f, took)
	}
	if took := allocated(func() {
		if err := f.Check(rows, rows); err != nil {
			t.Error(err)
		}
	}); took > some {
		t.Errorf("a check took %d bytes", took)
	}
	if took := allocated(func() {
		if _, err := f.Read(10, 10); err != nil {
			t.Error(err)
		}
	}); took > some {
		t.Errorf("ten rows took %d bytes", took)
	}
	if took := allocated(func() {
		if _, err := f.Read(rows, rows); err != nil {
			t.Error(err)
		}
	}); took > 24<<20+some {
		t.Errorf("all rows took %d bytes", took)
	}
	defer func(before func() int64) { available = before }(available)
	available = func() int64 { return 20 << 20 }
	if took := allocated(func() { refused(t, path, "needs 24.0 MiB, 20.0 MiB free") }); took > some {
		t.Errorf("a refusal took %d bytes", took)
	}
	if _, err := f.Read(rows/2, rows/2); err != nil {
		t.Errorf("half of it: %v", err)
	}
}

// All headers are read before the first number is.
func TestShapesAreRefusedBeforeNumbersAreRead(t *testing.T) {
	large, other := npyOfZeros(1, 2, 32<<10, 32), npyOfZeros(1, 2, 32<<10-1, 32)
	path := written(t, "x.npz", npzOf(t, large, large, other))
	if took := allocated(func() { refused(t, path, "differ in heads or seqlen") }); took > some {
		t.Errorf("%d bytes were allocated", took)
	}
}

// The directory claims what the header says, and the member goes on for 16 MB.
func TestAnArchiveHoldsNoMoreThanItClaims(t *testing.T) {
	var packed, b bytes.Buffer
	claimed := npyOfZeros(1, 1, 4, 4)
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(claimed)
	w.Write(make([]byte, 16<<20))
	w.Close()
	z := zip.NewWriter(&b)
	for _, name := range names {
		member, err := z.CreateRaw(&zip.FileHeader{
			Name: name + ".npy", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(claimed),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(claimed)),
		})
		if err == nil {
			_, err = member.Write(packed.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := written(t, "x.npz", b.Bytes())
	if took := allocated(func() { refused(t, path, "q is malformed") }); took > some {
		t.Errorf("%d bytes were allocated", took)
	}
}

// A member of zeros: 64 MB, for which an archive spends 64 kB.
func TestAnArchiveIsNotUnpackedToFindItsHeaderWrong(t *testing.T) {
	path := written(t, "x.npz", npzOf(t, make([]byte, 64<<20)))
	if took := allocated(func() { refused(t, path, "q is no .npy array") }); took > some {
		t.Errorf("%d bytes were allocated", took)
	}
}
