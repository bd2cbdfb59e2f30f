// Package sparse is exact attention under a sparse mask: for every panel of
// query rows it visits the listed runs of keys and nothing else, so that the
// work is proportional to the visible pairs. Its typical Problem is the causal
// sliding window (Beltagy et al. 2020, Longformer, section 3.1; Jiang et al.
// 2023, Mistral 7B, section 2).
package sparse

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// New returns the variant.
func New() attn.Variant { return variant{} }

type variant struct{}

// Name implements [attn.Variant].
func (variant) Name() string { return "sparse" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Typical implements [attn.Typical]: each query sees itself and the 255 keys before it.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Mask = attn.Window{Left: 255, Right: 0}
	return p
}

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine("sparse", p, o, attn.NewBlockMask)
}
