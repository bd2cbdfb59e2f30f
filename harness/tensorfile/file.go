// Package tensorfile reads the tensors q, k and v from files that other programs
// wrote: .safetensors, NumPy's .npy and .npz. Whatever is wrong with a file is a
// one-line error that names it and says what it must be; no library's panic gets
// through. The header says what there is, and what it claims is held against the size of
// the file before a number is read; of the numbers only the rows that are asked for are
// ever in memory, whatever the file unpacks to.
package tensorfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"attnbench/attn"
	"attnbench/harness/machine"
)

// File is a file whose header is good. It is not kept open.
type File struct {
	path   string
	shapes [3][4]int // of q, k and v
}

// Tensors are packed and converted to float32: Q [B, Hq, Nq, D], K [B, Hkv, Nk, D],
// V [B, Hkv, Nk, Dv].
type Tensors struct{ Q, K, V attn.Tensor }

// Open reads the header of path by its ending. .safetensors and .npz must hold q, k and v,
// each [batch, heads, seqlen, head_dim]; .npy one array [3, batch, heads, seqlen,
// head_dim]. f16, bf16 and f64 are converted.
func Open(path string) (*File, error) {
	f := &File{path: path}
	err := open(path, func(list [3]tensor) error {
		f.shapes = shapes(list)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Problem is the shape of the tensors as a Problem.
func (f *File) Problem() attn.Problem {
	q, k, v := f.shapes[0], f.shapes[1], f.shapes[2]
	return attn.Problem{
		Batch: q[0], QHeads: q[1], KVHeads: k[1], QLen: q[2], KVLen: k[2], HeadDim: q[3], ValueDim: v[3],
	}
}

// Read returns the first rows of q and the first rows of k and v. It refuses what does
// not fit the free memory, and numbers that are not finite. Unlike those of Open, its errors
// leave the path out, which a record must not hold.
func (f *File) Read(queries, keys int) (t Tensors, err error) {
	p := f.Problem()
	if err := f.holds(queries, keys); err != nil {
		return t, err
	}
	p.QLen, p.KVLen = queries, keys
	if why := machine.Lacks(p.InputBytes(), available()); why != "" {
		return t, errors.New(why)
	}
	return t, f.each(queries, keys, func(which int) func([]float32) {
		s := f.shapes[which]
		x := attn.NewTensor(s[0], s[1], []int{queries, keys, keys}[which], s[3])
		*[]*attn.Tensor{&t.Q, &t.K, &t.V}[which] = x
		return func(part []float32) { x.Data = x.Data[copy(x.Data, part):] }
	})
}

// available is machine.Available, but for tests.
var available = machine.Available

// Check reads as Read does and keeps nothing.
func (f *File) Check(queries, keys int) error {
	if err := f.holds(queries, keys); err != nil {
		return err
	}
	return f.each(queries, keys, func(int) func([]float32) { return func([]float32) {} })
}

func (f *File) holds(queries, keys int) error {
	q, k := f.shapes[0][2], f.shapes[1][2]
	if queries < 1 || queries > q || keys < 1 || keys > k {
		return fmt.Errorf("%d rows of q and %d of k: want 1 to %d and 1 to %d", queries, keys, q, k)
	}
	return nil
}

// each hands the first rows of q, k and v to the functions that into returns for them, in
// parts and in order.
func (f *File) each(queries, keys int, into func(which int) func([]float32)) error {
	return open(f.path, func(list [3]tensor) error {
		if shapes(list) != f.shapes {
			return errors.New("has other shapes than when it was opened")
		}
		for i, rows := range []int{queries, keys, keys} {
			if err := list[i].read(rows, into(i)); err != nil {
				return fmt.Errorf("%s %w", names[i], err)
			}
		}
		return nil
	})
}

func open(path string, use func([3]tensor) error) error {
	ending := filepath.Ext(path)
	if parsers[ending] == nil {
		return errors.New("want a path ending in .safetensors, .npy or .npz")
	}
	info, err := os.Stat(path)
	if err != nil {
		return reason(err)
	}
	if !info.Mode().IsRegular() { // to open a pipe would wait for its writer
		return errors.New("is not a file")
	}
	r, err := os.Open(path)
	if err != nil {
		return reason(err)
	}
	defer r.Close()
	list, err := parse(ending, r, info.Size())
	if err != nil {
		return reason(err)
	}
	return use(list)
}

// reason is the cause of a file's error without the path, which File names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// parsers read what the header of size bytes says.
var parsers = map[string]func(r io.ReaderAt, size int64) (*contents, error){
	".safetensors": parseSafetensors, ".npy": parseNPY, ".npz": parseNPZ,
}

// parse reads the header of the size bytes of a file with the given ending.
func parse(ending string, r io.ReaderAt, size int64) (list [3]tensor, err error) {
	c, err := parsers[ending](r, size)
	if err != nil {
		return list, err
	}
	for i, name := range names {
		t, ok := c.tensors[name]
		if !ok {
			return list, c.missing(name)
		}
		if len(t.shape) != 4 {
			return list, fmt.Errorf("%s has shape %v: want [batch, heads, seqlen, head_dim]", name, t.shape)
		}
		list[i] = t
	}
	return list, fit(shapes(list))
}

func shapes(list [3]tensor) (s [3][4]int) {
	for i, t := range list {
		copy(s[i][:], t.shape)
	}
	return s
}

// fit checks that the shapes belong together.
func fit(s [3][4]int) error {
	q, k, v := s[0], s[1], s[2]
	switch {
	case q[0] != k[0] || k[0] != v[0]:
		return fmt.Errorf("q %v, k %v and v %v differ in batch", q, k, v)
	case k[1] != v[1] || k[2] != v[2]:
		return fmt.Errorf("k %v and v %v differ in heads or seqlen", k, v)
	case q[3] != k[3]:
		return fmt.Errorf("q %v and k %v differ in head_dim", q, k)
	}
	if err := (&File{shapes: s}).Problem().Validate(); err != nil {
		return fmt.Errorf("q %v, k %v, v %v: %w", q, k, v, err)
	}
	return nil
}
