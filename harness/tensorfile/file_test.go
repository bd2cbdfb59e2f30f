package tensorfile

import (
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
			f, err := Read(filepath.Join("testdata", name))
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

func TestPrefix(t *testing.T) {
	f, err := Read("testdata/f4.npy")
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 7; n++ {
		p, err := f.Prefix(n)
		if err != nil {
			t.Fatal(err)
		}
		for which, x := range []attn.Tensor{p.Q, p.K, p.V} {
			if x.Shape != [4]int{2, 2, n, 4} {
				t.Fatalf("prefix %d of tensor %d has shape %v", n, which, x.Shape)
			}
			for row := range 2 * 2 * n {
				b, h, i := row/(2*n), row/n%2, row%n
				for d, got := range x.Row(b, h, i) {
					if want := formula(which, ((b*2+h)*7+i)*4+d); got != want {
						t.Fatalf("prefix %d of tensor %d at [%d %d %d %d] is %v: want %v", n, which, b, h, i, d, got, want)
					}
				}
			}
		}
		if &p.Q.Data[0] != &f.Q.Data[0] {
			t.Errorf("prefix %d is a copy", n)
		}
	}
	for _, n := range []int{-1, 0, 8} {
		if _, err := f.Prefix(n); err == nil || !strings.Contains(err.Error(), "want 1 to 7") {
			t.Errorf("a prefix of %d rows of 7: %v", n, err)
		}
	}
	unequal, err := Read("testdata/grouped.npz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unequal.Prefix(2); err == nil || !strings.Contains(err.Error(), "q has 3 rows and k 9") {
		t.Errorf("a prefix of unequal lengths: %v", err)
	}
}

// refused checks that the file is an error of one printable line that begins with
// its path and says want.
func refused(t *testing.T, path, want string) {
	t.Helper()
	_, err := Read(path)
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
