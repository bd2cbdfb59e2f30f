package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	refused(t, filepath.Join(dir, "none.npy"), "") // in the words of the system
	refused(t, filepath.Join(dir, "none.txt"), "want a path ending in .safetensors, .npy or .npz")
	refused(t, filepath.Join(dir, "npz"), "want a path ending in .safetensors, .npy or .npz")
	folder := filepath.Join(dir, "folder.npz")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	refused(t, folder, "is not a file")
}

// What NumPy wrote, and is not what the command takes.
func TestForeignTensorsAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"int.npy":                `dtype "<i4": want f2, f4 or f8`,
		"fortran.npy":            "Fortran order: want C order",
		"flat.npy":               "shape [3 4 5]: want [3, batch, heads, seqlen, head_dim]",
		"nan.npy":                "k holds NaN at element 2",
		"overflow.npy":           "q holds -Inf at element 0 (as float32)",
		"no_v.npz":               `holds no tensor v, but "k", "q", "weights": want q, k and v`,
		"lengths.safetensors":    "differ in heads or seqlen",
		"three_dims.safetensors": "v has shape [2 9 5]: want [batch, heads, seqlen, head_dim]",
	} {
		t.Run(name, func(t *testing.T) { refused(t, filepath.Join("testdata", name), want) })
	}
}

func TestBrokenNPY(t *testing.T) {
	npy := testdata(t, "f4.npy")
	replaced := func(old, new string) []byte {
		// The header is padded with blanks, which make room.
		data := bytes.Replace(npy, []byte(old), []byte(new), 1)
		data = bytes.Replace(data, []byte(strings.Repeat(" ", max(0, len(new)-len(old)))+"\n"), []byte("\n"), 1)
		if bytes.Equal(data, npy) {
			t.Fatalf("f4.npy holds no %q", old)
		}
		return data
	}
	changed := func(at int, to ...byte) []byte {
		data := bytes.Clone(npy)
		copy(data[at:], to)
		return data
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "truncated"},
		{"half a header", npy[:50], "truncated"},
		{"half", npy[:len(npy)/2], "truncated"},
		{"one byte short", npy[:len(npy)-1], "truncated"},
		{"trailing bytes", append(bytes.Clone(npy), 1, 2, 3), "3 bytes after"},
		{"noise", bytes.Repeat([]byte("abcd"), 100), "no .npy array"},
		{"header longer than the file", changed(8, 255, 255), "truncated"},
		{"header of 4 GB", changed(6, 2, 0, 255, 255, 255, 255), "claims 4294967295 bytes"},
		{"unknown version", changed(6, 9), "no .npy array"},
		{"size overflows", replaced("(3, 2, 2, 7, 4)", "(3, 9223372036854775807, 9, 7, 4)"), "overflows"},
		{"dimension overflows", replaced("(3, 2, 2, 7, 4)", "(3, 99999999999999999999, 4)"), "no .npy array"},
		{"claims more than there is", replaced("(3, 2, 2, 7, 4)", "(3, 2, 99999, 7, 400)"), "truncated"},
		{"dimension of 0", replaced("(3, 2, 2, 7, 4)", "(3, 2, 2, 00, 4)"), "at least 1"},
		{"negative dimension", replaced("(3, 2, 2, 7, 4)", "(3, -2, -2, 7, 4)"), "at least 1"},
		{"not three tensors", replaced("(3, 2, 2, 7, 4)", "(2, 3, 2, 7, 4)"), "want [3, batch, heads, seqlen, head_dim]"},
		{"no such key", replaced("'fortran_order'", "'portran_order'"), "no .npy array"},
		{"neither order", replaced("False", "Fa\nse"), "no .npy array"},
		{"no closing brace", replaced("4), }", "4),  "), "not as NumPy writes it"},
		{"no comma after the shape", replaced("4), }", "4)}  "), "not as NumPy writes it"},
		{"keys in another order", replaced("'descr': '<f4', 'fortran_order': False", "'fortran_order': False, 'descr': '<f4'"), "no .npy array"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, written(t, "x.npy", c.data), c.want) })
	}
}

func TestBrokenNPZ(t *testing.T) {
	npz, member := testdata(t, "grouped.npz"), testdata(t, "f4.npy")
	archive := func(method uint16, names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err == nil {
				_, err = w.Write(member)
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
	claim := archive(zip.Deflate, "q.npy")
	directory := bytes.LastIndex(claim, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(claim[directory+24:], 1<<31) // the uncompressed size
	flipped := bytes.Clone(npz)
	flipped[bytes.Index(flipped, []byte("NUMPY"))+200] ^= 1
	var many []string
	for c := 'a'; c < 'p'; c++ {
		many = append(many, string(c)+".npy")
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "no .npz archive"},
		{"half", npz[:len(npz)/2], "no .npz archive"},
		{"noise", bytes.Repeat([]byte("abcd"), 100), "no .npz archive"},
		{"no members", archive(zip.Store), "holds no tensor q, nor any other: want q, k and v"},
		{"a name on two lines", archive(zip.Store, "a\nb"), `but "a\nb": want`},
		{"many others", archive(zip.Store, many...), `"h", and 7 more: want`},
		{"twice the same", archive(zip.Store, "q.npy", "q.npy"), "holds q twice"},
		{"a size that lies", claim, "q is malformed"},
		{"a flipped bit", flipped, "q is malformed: zip: checksum error"},
		{"five dimensions", archive(zip.Deflate, "q.npy", "k.npy", "v.npy"), "q has shape [3 2 2 7 4]: want [batch, heads, seqlen, head_dim]"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, written(t, "x.npz", c.data), c.want) })
	}
}

func TestShapesThatDoNotBelongTogether(t *testing.T) {
	for _, c := range []struct {
		name    string
		q, k, v []int
		want    string
	}{
		{"batch of k", []int{2, 2, 3, 4}, []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, "differ in batch"},
		{"batch of v", []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, []int{2, 2, 3, 4}, "differ in batch"},
		{"head_dim", []int{1, 2, 3, 4}, []int{1, 2, 3, 5}, []int{1, 2, 3, 4}, "q [1 2 3 4] and k [1 2 3 5] differ in head_dim"},
		{"heads of k and v", []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, []int{1, 1, 3, 4}, "differ in heads or seqlen"},
		{"lengths of k and v", []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, []int{1, 2, 4, 4}, "differ in heads or seqlen"},
		{"heads of q", []int{1, 3, 3, 4}, []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, "QHeads is 3, which KVHeads = 2 does not divide"},
		{"a dimension of 0", []int{1, 2, 0, 4}, []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, "q has shape [1 2 0 4]: want every dimension at least 1"},
		{"head_dim too large", []int{1, 1, 1, 65537}, []int{1, 1, 1, 65537}, []int{1, 1, 1, 1}, "65536"},
		{"value_dim too large", []int{1, 1, 1, 1}, []int{1, 1, 1, 1}, []int{1, 1, 1, 65537}, "65536"},
		{"two dimensions", []int{1, 2, 3, 4}, []int{3, 4}, []int{1, 2, 3, 4}, "k has shape [3 4]: want [batch, heads, seqlen, head_dim]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := tensors(t, "F16", 2, map[string][]int{"q": c.q, "k": c.k, "v": c.v})
			refused(t, written(t, "x.safetensors", data), c.want)
		})
	}
}
