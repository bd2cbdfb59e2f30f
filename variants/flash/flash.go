// Package flash is tiled exact attention with an online softmax (Dao et al.
// 2022, FlashAttention): the score matrix is never formed, and the workspace
// does not depend on the lengths. Package internal/tile has the tile engine with its
// softmax; package internal/splitkv has the decode steps.
package flash

import (
	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/splitkv"
	"attnbench/internal/tile"
)

// Config chooses how tiles are cut. The zero value is what New uses.
type Config = tile.Config

// New returns the variant. For every panel of query rows it visits all keys from
// the first visible one to the last, without holes.
func New() attn.Decoder { return NewWith(Config{}) }

// NewWith returns the variant with a Config, under the same name. A field outside its
// range is an error of Plan.
func NewWith(c Config) attn.Decoder { return variant{c} }

type variant struct{ config Config }

// Name implements [attn.Variant].
func (variant) Name() string { return "flash" }

// Engine implements [attn.HasEngine].
func (variant) Engine() string { return "tile" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine(v.Name(), p, o, v.config, hull)
}

// NewState implements [attn.Decoder]. A decode step is split over its keys, and the partial
// results are merged (Dao et al. 2023, Flash-Decoding). Under a window, alone or with sink
// tokens, the KV cache is a ring buffer; under any other mask it holds all keys and values.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	return splitkv.Config{Variant: v.Name(), Plan: v.Plan, Forget: true}.New(p, o)
}

// hull covers all keys from the first visible one to the last.
func hull(m mask.Mask, s mask.Shape, blockQ int) *mask.BlockMask {
	return mask.NewBlockMask(m, s, blockQ).Hull()
}
