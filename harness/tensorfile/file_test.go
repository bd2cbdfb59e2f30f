package tensorfile

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attnbench/attn"
)

// testdata was written by NumPy 2.4.6 and safetensors 0.8.0, see testdata/make.py.

// formula is element i of tensor t.
func formula(t, i int) float32 { return float32(i%97)/32 - 1 + float32(t) }

func TestReadWhatNumPyWrote(t *testing.T) {
	square := [3][4]int{{2, 2, 7, 4}, {2, 2, 7, 4}, {2, 2, 7, 4}}
	grouped := [3][4]int{{1, 4, 3, 6}, {1, 2, 9, 6}, {1, 2, 9, 5}}
	for name, shapes := range map[string][3][4]int{
		"f2.npy": square, "f4.npy": square, "f8.npy": square, "big_endian.npy": square,
		"grouped.npz": grouped, "compressed.npz": grouped,
		"f32.safetensors": grouped, "f16.safetensors": grouped, "f64.safetensors": grouped, "bf16.safetensors": grouped,
	} {
		f, err := Read(filepath.Join("testdata", name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for which, x := range []attn.Tensor{f.Q, f.K, f.V} {
			if x.Shape != shapes[which] {
				t.Errorf("%s: tensor %d has shape %v: want %v", name, which, x.Shape, shapes[which])
				continue
			}
			for i, got := range x.Data {
				if got != formula(which, i) {
					t.Errorf("%s: tensor %d element %d is %v: want %v", name, which, i, got, formula(which, i))
					break
				}
			}
		}
	}
}

func TestErrorsNameTheFileAndWhatItTakes(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	npy, st, npz := read("f4.npy"), read("f32.safetensors"), read("grouped.npz")
	replaced := func(old, new string) []byte {
		// The header is padded with blanks, which make room.
		room := strings.Repeat(" ", len(new)-len(old))
		data := bytes.Replace(npy, []byte(old), []byte(new), 1)
		data = bytes.Replace(data, []byte(room+"\n"), []byte("\n"), 1)
		if bytes.Equal(data, npy) {
			t.Fatalf("f4.npy holds no %q", old)
		}
		return data
	}
	longHeader := bytes.Clone(npy)
	binary.LittleEndian.PutUint16(longHeader[8:], 65535)
	longST := bytes.Clone(st)
	binary.LittleEndian.PutUint64(longST, 1<<62)
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "none.npy"), ""}, // the system's own words
		{write("x.txt", npy), "want a path ending in .safetensors, .npy or .npz"},
		{write("empty.npy", nil), "truncated"},
		{write("empty.npz", nil), "no .npz archive"},
		{write("empty.safetensors", nil), "no .safetensors file"},
		{write("half.npy", npy[:len(npy)/2]), "truncated"},
		{write("half.npz", npz[:len(npz)/2]), "no .npz archive"},
		{write("half.safetensors", st[:len(st)/2]), "no .safetensors file"},
		{write("header.npy", longHeader), "truncated"},
		{write("header.safetensors", longST), "truncated"},
		{write("trailing.npy", append(bytes.Clone(npy), 1, 2, 3)), "3 bytes after"},
		{write("huge.npy", replaced("(3, 2, 2, 7, 4)", "(3, 9223372036854775807, 9, 7, 4)")), "overflows"},
		{write("claim.npy", replaced("(3, 2, 2, 7, 4)", "(3, 2, 99999, 7, 400)")), "truncated"},
		{write("zero.npy", replaced("(3, 2, 2, 7, 4)", "(3, 2, 2, 00, 4)")), "at least 1"},
		{write("dictionary.npy", replaced("{'descr': '<f4', 'fort", "{'descr': 'f4', 'ffort")), "no .npy array"},
		{write("unclosed.npy", replaced("4), }", "4),  ")), "malformed"},
		{write("noise.npy", bytes.Repeat([]byte("abcd"), 100)), "no .npy array"},
		{write("noise.npz", bytes.Repeat([]byte("abcd"), 100)), "no .npz archive"},
		{write("noise.safetensors", bytes.Repeat([]byte{40, 0, 0, 0, 0, 0, 0, 0}, 50)), "no .safetensors file"},
		{"testdata/int.npy", `dtype "<i4": want f2, f4 or f8`},
		{"testdata/fortran.npy", "Fortran order: want C order"},
		{"testdata/flat.npy", "want [3, batch, heads, seqlen, head_dim]"},
		{"testdata/nan.npy", "k holds NaN at element 2"},
		{"testdata/overflow.npy", "holds -Inf"},
		{"testdata/no_v.npz", "holds no tensor v, but [k q weights]"},
		{"testdata/lengths.safetensors", "differ in heads or seqlen"},
		{"testdata/three_dims.safetensors", "v has shape [2 9 5]: want [batch, heads, seqlen, head_dim]"},
	} {
		_, err := Read(c.path)
		if err == nil {
			t.Errorf("%s is read", c.path)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, c.want) || !strings.HasPrefix(msg, c.path+": ") || strings.Contains(msg, "\n") {
			t.Errorf("%s: %q: want one line that begins with the path and says %q", filepath.Base(c.path), msg, c.want)
		}
	}
}

// FuzzParse: no bytes may get a panic through, or a file that is not valid.
func FuzzParse(f *testing.F) {
	endings := []string{".npy", ".npz", ".safetensors"}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		for i, ending := range endings {
			if data, err := os.ReadFile(path); err == nil && filepath.Ext(path) == ending {
				f.Add(i, data)
			}
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		path := filepath.Join(dir, "x"+endings[uint(kind)%3])
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if file, err := Read(path); err == nil {
			if err := file.validate(); err != nil {
				t.Errorf("read a file that is not valid: %v", err)
			}
		}
	})
}
