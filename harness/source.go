package harness

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"attnbench/attn"
	"attnbench/harness/tensorfile"
	"attnbench/internal/input"
)

// Source makes the tensors of a Problem. Out is allocated and holds anything.
type Source interface {
	Args(p attn.Problem) (attn.Args, error)
}

// Profiles are the names of seeded numbers that OpenSource takes, the default first.
func Profiles() []string { return input.Profiles() }

// OpenSource returns the source that an --input names: a profile of seeded
// numbers, or a tensor file. For a file, shape is the Problem of its tensors.
func OpenSource(name string, seed uint64) (src Source, shape attn.Problem, err error) {
	if slices.Contains(input.Profiles(), name) {
		return profile{name, seed}, shape, nil
	}
	if !isFile(name) {
		return nil, shape, fmt.Errorf("%q: want %s, or a path ending in .safetensors, .npy or .npz",
			name, strings.Join(input.Profiles(), ", "))
	}
	f, err := tensorfile.Read(name)
	if err != nil {
		return nil, shape, err
	}
	return file{f}, f.Problem(), f.Problem().Validate()
}

func isFile(name string) bool { return filepath.Ext(name) != "" }

type profile struct {
	name string
	seed uint64
}

// Args implements [Source].
func (s profile) Args(p attn.Problem) (attn.Args, error) { return input.Args(p, s.name, s.seed) }

// file serves prefixes of the file's tensors, packed, so that a prefix has the layout of
// any other input.
type file struct{ tensorfile.File }

// Args implements [Source].
func (s file) Args(p attn.Problem) (attn.Args, error) {
	if p.Rule.Delta || p.Rule.Decay == attn.HeadDecay || p.Rule.Decay == attn.DimDecay || p.Bias != (attn.BiasShape{}) {
		return attn.Args{}, fmt.Errorf("the file holds q, k and v, and %v wants more", p)
	}
	a := attn.Args{
		Q: packedPrefix(s.Q, p.QLen), K: packedPrefix(s.K, p.KVLen), V: packedPrefix(s.V, p.KVLen),
		Out: attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim),
	}
	if a.Q.Shape[1] != p.QHeads || a.K.Shape[1] != p.KVHeads || a.Q.Shape[3] != p.HeadDim {
		return a, fmt.Errorf("the file's tensors have another shape than the point")
	}
	return a, nil
}

func packedPrefix(t attn.Tensor, rows int) attn.Tensor {
	if rows == t.Shape[2] {
		return t
	}
	out := attn.NewTensor(t.Shape[0], t.Shape[1], rows, t.Shape[3])
	for b := range t.Shape[0] {
		for h := range t.Shape[1] {
			for i := range rows {
				copy(out.Row(b, h, i), t.Row(b, h, i))
			}
		}
	}
	return out
}
