package tensorfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attnbench/attn"
)

// testdata was written by NumPy and safetensors, see testdata/make.py.

// formula is element i of tensor t.
func formula(t, i int) float32 { return float32(i%97)/32 - 1 + float32(t) }

func TestReadWhatNumPyWrote(t *testing.T) {
	square := [3][4]int{{2, 2, 7, 4}, {2, 2, 7, 4}, {2, 2, 7, 4}}
	grouped := [3][4]int{{1, 4, 3, 6}, {1, 2, 9, 6}, {1, 2, 9, 5}}
	for name, shapes := range map[string][3][4]int{
		"f2.npy": square, "f4.npy": square, "f8.npy": square,
		"big_endian.npy": square, "big_endian_f2.npy": square, "big_endian_f8.npy": square,
		"grouped.npz": grouped, "compressed.npz": grouped,
		"f32.safetensors": grouped, "f16.safetensors": grouped, "f64.safetensors": grouped, "bf16.safetensors": grouped,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := whole(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for which, x := range []attn.Tensor{f.Q, f.K, f.V} {
				if want := attn.Packed(nil, shapes[which][0], shapes[which][1], shapes[which][2], shapes[which][3]); x.Shape != want.Shape || x.Stride != want.Stride {
					t.Fatalf("tensor %d has shape %v, strides %v: want %v, %v", which, x.Shape, x.Stride, want.Shape, want.Stride)
				}
				if len(x.Data) != x.Elements() {
					t.Fatalf("tensor %d holds %d numbers: want %d", which, len(x.Data), x.Elements())
				}
				for i, got := range x.Data {
					if got != formula(which, i) {
						t.Fatalf("tensor %d element %d is %v: want %v", which, i, got, formula(which, i))
					}
				}
			}
		})
	}
}

// A prefix of the rows of every head is read as if there were no more.
func TestReadTheFirstRows(t *testing.T) {
	for _, name := range []string{"f4.npy", "f2.npy"} {
		f, err := Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for queries := 1; queries <= 7; queries++ {
			keys := 8 - queries
			p, err := f.Read(queries, keys)
			if err != nil {
				t.Fatal(err)
			}
			for which, x := range []attn.Tensor{p.Q, p.K, p.V} {
				n := []int{queries, keys, keys}[which]
				if x.Shape != [4]int{2, 2, n, 4} || len(x.Data) != x.Elements() {
					t.Fatalf("%d rows of tensor %d have shape %v and %d numbers", n, which, x.Shape, len(x.Data))
				}
				for row := range 2 * 2 * n {
					b, h, i := row/(2*n), row/n%2, row%n
					for d, got := range x.Row(b, h, i) {
						if want := formula(which, ((b*2+h)*7+i)*4+d); got != want {
							t.Fatalf("%d rows of tensor %d at [%d %d %d %d]: %v: want %v", n, which, b, h, i, d, got, want)
						}
					}
				}
			}
		}
	}
	for _, name := range []string{"grouped.npz", "compressed.npz", "f32.safetensors"} {
		path := filepath.Join("testdata", name)
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Read(2, 5)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.Q.Row(0, 3, 1)[5], formula(0, (3*3+1)*6+5); p.Q.Shape != [4]int{1, 4, 2, 6} || got != want {
			t.Errorf("%s: q %v ends in %v: want %v", name, p.Q.Shape, got, want)
		}
		if got, want := p.V.Row(0, 1, 4)[4], formula(2, (9+4)*5+4); p.V.Shape != [4]int{1, 2, 5, 5} || got != want {
			t.Errorf("%s: v %v ends in %v: want %v", name, p.V.Shape, got, want)
		}
		for _, rows := range [][2]int{{0, 1}, {4, 1}, {1, 0}, {1, 10}, {-1, 1}} {
			_, err := f.Read(rows[0], rows[1])
			for _, err := range []error{err, f.Check(rows[0], rows[1])} {
				if err == nil || !strings.HasSuffix(err.Error(), "of k: want 1 to 3 and 1 to 9") {
					t.Errorf("%d rows of q and %d of k: %v", rows[0], rows[1], err)
				}
			}
		}
	}
}

// What is beyond the rows that are read is of no matter.
func TestRowsThatAreNotReadMayHoldNaN(t *testing.T) {
	f, err := Open("testdata/nan.npy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(2, 1); err != nil {
		t.Error(err)
	}
	if err := f.Check(2, 1); err != nil {
		t.Error(err)
	}
	want := "k holds NaN at element 2 (as float32): want finite numbers"
	if err := f.Check(1, 2); err == nil || err.Error() != want {
		t.Errorf("%v: want %q", err, want)
	}
}

func TestAFileThatChangesIsRefused(t *testing.T) {
	path := written(t, "x.npy", testdata(t, "f4.npy"))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, testdata(t, "nan.npy"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(1, 1); err == nil || !strings.Contains(err.Error(), "other shapes") {
		t.Error(err)
	}
}

// whole reads a file with all of its rows.
func whole(path string) (Tensors, error) {
	f, err := Open(path)
	if err != nil {
		return Tensors{}, err
	}
	p := f.Problem()
	return f.Read(p.QLen, p.KVLen)
}

// refused checks that the file is an error of one printable line that begins with
// its path and says want.
func refused(t *testing.T, path, want string) {
	t.Helper()
	f, err := Open(path)
	if err == nil {
		if _, err = f.Read(f.Problem().QLen, f.Problem().KVLen); err != nil {
			err = fmt.Errorf("%s: %w", path, err) // as its callers do
		}
	}
	if err == nil {
		t.Fatal("is read")
	}
	if msg := err.Error(); !strings.HasPrefix(msg, path+": ") || !strings.Contains(msg, want) || strings.Contains(msg, "\n") || len(msg) > len(path)+400 {
		t.Errorf("%q: want one line that begins with the path and says %q", msg, want)
	}
}

// written writes a file of its own folder and returns its path.
func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
