package tensorfile

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// fuzz asserts that no bytes make parse panic, give a file that is not valid, or
// allocate more than times their number, beside what any file costs.
func fuzz(f *testing.F, ending string, times uint64) {
	files, err := filepath.Glob("testdata/*" + ending)
	if err != nil || len(files) == 0 {
		f.Fatalf("no files to begin with: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list, err := parse(ending, bytes.NewReader(data), int64(len(data)))
		var x [3][]float32
		for i := 0; i < 3 && err == nil; i++ {
			s := list[i].shape
			x[i] = make([]float32, 0, s[0]*s[1]*s[2]*s[3])
			err = list[i].read(s[2], func(part []float32) { x[i] = append(x[i], part...) })
		}
		runtime.ReadMemStats(&after)
		if took, most := after.TotalAlloc-before.TotalAlloc, 1<<20+times*uint64(len(data)); took > most {
			t.Errorf("%d bytes made it allocate %d: want at most %d", len(data), took, most)
		}
		if err != nil {
			return
		}
		if err := fit(shapes(list)); err != nil {
			t.Errorf("a file that is not valid is read: %v", err)
		}
		for i := range x {
			if len(x[i]) != cap(x[i]) {
				t.Errorf("%s holds %d numbers: want the %d of its shape", names[i], len(x[i]), cap(x[i]))
			}
		}
	})
}

// f16 to float32 doubles; the header is copied and split.
func FuzzReadNPY(f *testing.F) { fuzz(f, ".npy", 64) }

// Deflate may have made 1032 bytes of one, and an array of them grows by doubling.
func FuzzReadNPZ(f *testing.F) { fuzz(f, ".npz", 1032*2*5) }
