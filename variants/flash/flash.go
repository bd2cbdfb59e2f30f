// Package flash is tiled exact attention with an online softmax (Dao et al.
// 2022, FlashAttention): the score matrix is never formed, and the workspace
// does not depend on the lengths.
package flash

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// New returns the variant. For every panel of query rows it visits all keys from
// the first visible one to the last, without holes.
func New() attn.Variant { return variant{} }

type variant struct{}

// Name implements [attn.Variant].
func (variant) Name() string { return "flash" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine("flash", p, o, hull)
}

// hull covers all keys from the first visible one to the last.
func hull(p attn.Problem, blockQ int) *attn.BlockMask {
	return attn.NewBlockMask(p, blockQ).Hull()
}
