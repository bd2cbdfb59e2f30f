// Package source makes the tensors of a point: seeded numbers of a profile, or prefixes of a tensor
// file.
package source

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

// Profiles are the names of seeded numbers that Open takes, the default first.
func Profiles() []string { return input.Profiles() }

// Open returns the source that an --input names: a profile of seeded
// numbers, or a tensor file. For a file, shape is the Problem of its tensors.
func Open(name string, seed uint64) (src Source, shape attn.Problem, err error) {
	if slices.Contains(input.Profiles(), name) {
		return profile{name, seed}, shape, nil
	}
	if !IsFile(name) {
		return nil, shape, fmt.Errorf("%q: want %s, or a path ending in .safetensors, .npy or .npz",
			name, strings.Join(input.Profiles(), ", "))
	}
	f, err := tensorfile.Open(name)
	if err != nil {
		return nil, shape, err
	}
	return file{name, f}, f.Problem(), nil
}

// IsFile reports whether an --input names a tensor file, not a profile.
func IsFile(name string) bool { return filepath.Ext(name) != "" }

// Profile is the source of a profile's seeded numbers.
func Profile(name string, seed uint64) Source { return profile{name, seed} }

type profile struct {
	name string
	seed uint64
}

// Args implements [Source].
func (s profile) Args(p attn.Problem) (attn.Args, error) { return input.Args(p, s.name, s.seed) }

// file reads prefixes of the file's tensors, packed, so that a prefix has the layout of
// any other input. It keeps nothing: the file may be larger than the memory.
type file struct {
	name string
	file *tensorfile.File
}

// Check reads what the points of p will read, and keeps nothing.
func (s file) Check(p attn.Problem) error {
	if err := s.file.Check(p.QLen, p.KVLen); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// Args implements [Source].
func (s file) Args(p attn.Problem) (attn.Args, error) {
	if p.Rule.Delta || p.Rule.Decay == attn.HeadDecay || p.Rule.Decay == attn.DimDecay || p.Bias != (attn.BiasShape{}) {
		return attn.Args{}, fmt.Errorf("the file holds q, k and v, and %v wants more", p)
	}
	if f := s.file.Problem(); f.Batch != p.Batch || f.QHeads != p.QHeads || f.KVHeads != p.KVHeads || f.HeadDim != p.HeadDim || f.ValueDim != p.ValueDim {
		return attn.Args{}, fmt.Errorf("the file's tensors have another shape than the point")
	}
	t, err := s.file.Read(p.QLen, p.KVLen)
	if err != nil {
		return attn.Args{}, fmt.Errorf("the input file: %w", err)
	}
	return attn.Args{Q: t.Q, K: t.K, V: t.V, Out: attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim)}, nil
}
