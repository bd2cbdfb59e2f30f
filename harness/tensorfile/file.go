// Package tensorfile reads the tensors q, k and v from files that other programs
// wrote: .safetensors, NumPy's .npy and .npz. Whatever is wrong with a file is a
// one-line error that names it and says what it must be; no reader's panic gets
// through, and nothing is allocated on the word of a header alone.
package tensorfile

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attnbench/attn"
)

// File is the three tensors of a file, packed and converted to float32:
// Q [B, Hq, Nq, D], K [B, Hkv, Nk, D], V [B, Hkv, Nk, Dv].
type File struct{ Q, K, V attn.Tensor }

// array is one tensor as a file holds it, converted.
type array struct {
	shape []int
	data  []float32
}

// Read reads path by its ending. .safetensors and .npz must hold q, k and v, each
// [batch, heads, seqlen, head_dim]; .npy one array [3, batch, heads, seqlen,
// head_dim]. f16, bf16 and f64 are converted.
func Read(path string) (f File, err error) {
	defer func() {
		if recover() != nil { // a reader ran off the end of its input
			err = fmt.Errorf("is malformed: not a whole %s file", filepath.Ext(path))
		}
		if err != nil {
			f, err = File{}, fmt.Errorf("%s: %w", path, err)
		}
	}()
	parse, ok := map[string]func([]byte) (File, error){
		".safetensors": parseSafetensors, ".npy": parseNPY, ".npz": parseNPZ,
	}[filepath.Ext(path)]
	if !ok {
		return f, fmt.Errorf("want a path ending in .safetensors, .npy or .npz")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		if pe, ok := err.(*os.PathError); ok {
			err = pe.Err
		}
		return f, err
	}
	if f, err = parse(data); err != nil {
		return f, err
	}
	return f, f.validate()
}

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
	var have []string
	for n := range arrays {
		have = append(have, n)
	}
	slices.Sort(have)
	return fmt.Errorf("holds no tensor %s, but [%s]: want q, k and v", name, strings.Join(have, " "))
}

// validate checks that the shapes belong together and the numbers are finite.
func (f File) validate() error {
	q, k, v := f.Q.Shape, f.K.Shape, f.V.Shape
	p := attn.Problem{
		Batch: q[0], QHeads: q[1], KVHeads: k[1], QLen: q[2], KVLen: k[2], HeadDim: q[3], ValueDim: v[3],
	}
	switch {
	case q[0] != k[0] || k[0] != v[0]:
		return fmt.Errorf("q %v, k %v and v %v differ in batch", q, k, v)
	case k[1] != v[1] || k[2] != v[2]:
		return fmt.Errorf("k %v and v %v differ in heads or seqlen", k, v)
	case q[3] != k[3]:
		return fmt.Errorf("q %v and k %v differ in head_dim", q, k)
	}
	if err := p.Validate(); err != nil {
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
