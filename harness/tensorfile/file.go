// Package tensorfile reads the tensors q, k and v from files that other programs
// wrote: .safetensors, NumPy's .npy and .npz. Whatever is wrong with a file is a
// one-line error that names it and says what it must be; no library's panic gets
// through, and nothing is allocated on the word of a header alone.
package tensorfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"attnbench/attn"
)

// File is the three tensors of a file, packed and converted to float32:
// Q [B, Hq, Nq, D], K [B, Hkv, Nk, D], V [B, Hkv, Nk, Dv].
type File struct{ Q, K, V attn.Tensor }

// Read reads path by its ending. .safetensors and .npz must hold q, k and v, each
// [batch, heads, seqlen, head_dim]; .npy one array [3, batch, heads, seqlen,
// head_dim]. f16, bf16 and f64 are converted.
func Read(path string) (File, error) {
	f, err := open(path)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Problem is the shape of the tensors as a Problem.
func (f File) Problem() attn.Problem {
	q, k, v := f.Q.Shape, f.K.Shape, f.V.Shape
	return attn.Problem{
		Batch: q[0], QHeads: q[1], KVHeads: k[1], QLen: q[2], KVLen: k[2], HeadDim: q[3], ValueDim: v[3],
	}
}

// Prefix returns views of the first n rows of q, k and v: Q [B, Hq, n, D],
// K [B, Hkv, n, D], V [B, Hkv, n, Dv]. Only a file with as many queries as keys
// has prefixes.
func (f File) Prefix(n int) (File, error) {
	rows := f.Q.Shape[2]
	switch {
	case f.K.Shape[2] != rows:
		return File{}, fmt.Errorf("q has %d rows and k %d: only equal lengths have prefixes", rows, f.K.Shape[2])
	case n < 1 || n > rows:
		return File{}, fmt.Errorf("a prefix of %d rows: want 1 to %d", n, rows)
	}
	return File{f.Q.Rows(0, n), f.K.Rows(0, n), f.V.Rows(0, n)}, nil
}

func open(path string) (File, error) {
	ending := filepath.Ext(path)
	if parsers[ending] == nil {
		return File{}, errors.New("want a path ending in .safetensors, .npy or .npz")
	}
	info, err := os.Stat(path)
	if err != nil {
		return File{}, reason(err)
	}
	if !info.Mode().IsRegular() { // to open a pipe would wait for its writer
		return File{}, errors.New("is not a file")
	}
	r, err := os.Open(path)
	if err != nil {
		return File{}, reason(err)
	}
	defer r.Close()
	f, err := parse(ending, r, info.Size())
	return f, reason(err)
}

// reason is the cause of a file's error without the path, which Read names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

var parsers = map[string]func(r io.ReaderAt, size int64) (File, error){
	".safetensors": parseSafetensors, ".npy": parseNPY, ".npz": parseNPZ,
}

// parse reads the size bytes of a file with the given ending.
func parse(ending string, r io.ReaderAt, size int64) (File, error) {
	f, err := parsers[ending](r, size)
	if err != nil {
		return File{}, err
	}
	return f, f.validate()
}

// guarded calls a library that may run off the end of a header, and turns a panic into
// an error. The library's errors quote the file; guarded makes them one printable line.
func guarded(call func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("its header is malformed")
		}
	}()
	if err := call(); err != nil {
		return fmt.Errorf("%.200s", strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return ' '
			}
			return r
		}, err.Error()))
	}
	return nil
}

func wanted(name string) bool { return name == "q" || name == "k" || name == "v" }

// pick takes q, k and v from named arrays.
func pick(arrays map[string]array) (f File, err error) {
	for _, t := range []struct {
		name string
		dst  *attn.Tensor
	}{{"q", &f.Q}, {"k", &f.K}, {"v", &f.V}} {
		a, ok := arrays[t.name]
		if !ok {
			return f, missing(t.name, arrays)
		}
		if len(a.shape) != 4 {
			return f, fmt.Errorf("%s has shape %v: want [batch, heads, seqlen, head_dim]", t.name, a.shape)
		}
		*t.dst = attn.Packed(a.data, a.shape[0], a.shape[1], a.shape[2], a.shape[3])
	}
	return f, nil
}

func missing(name string, arrays map[string]array) error {
	if len(arrays) == 0 {
		return fmt.Errorf("holds no tensor %s, nor any other: want q, k and v", name)
	}
	var have []string
	for n := range arrays {
		have = append(have, fmt.Sprintf("%.40q", n))
	}
	slices.Sort(have)
	const maxListed = 8 // a model's checkpoint holds thousands
	if more := len(have) - maxListed; more > 0 {
		have = append(have[:maxListed], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("holds no tensor %s, but %s: want q, k and v", name, strings.Join(have, ", "))
}

// validate checks that the shapes belong together and the numbers are finite.
func (f File) validate() error {
	q, k, v := f.Q.Shape, f.K.Shape, f.V.Shape
	switch {
	case q[0] != k[0] || k[0] != v[0]:
		return fmt.Errorf("q %v, k %v and v %v differ in batch", q, k, v)
	case k[1] != v[1] || k[2] != v[2]:
		return fmt.Errorf("k %v and v %v differ in heads or seqlen", k, v)
	case q[3] != k[3]:
		return fmt.Errorf("q %v and k %v differ in head_dim", q, k)
	}
	if err := f.Problem().Validate(); err != nil {
		return fmt.Errorf("q %v, k %v, v %v: %w", q, k, v, err)
	}
	for _, t := range []struct {
		name string
		attn.Tensor
	}{{"q", f.Q}, {"k", f.K}, {"v", f.V}} {
		for i, x := range t.Data {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return fmt.Errorf("%s holds %v at element %d (as float32): want finite numbers", t.name, x, i)
			}
		}
	}
	return nil
}
