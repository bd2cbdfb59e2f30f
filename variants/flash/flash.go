// Package flash is tiled exact attention with an online softmax (Dao et al.
// 2022, FlashAttention): the score matrix is never formed, and the workspace
// does not depend on the lengths.
package flash

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/splitkv"
	"attnbench/internal/tile"
)

// New returns the variant. For every panel of query rows it visits all keys from
// the first visible one to the last, without holes.
func New() attn.Variant { return Config{}.New() }

// Config chooses how tiles are cut. The zero value is what New uses.
type Config struct {
	BlockK int // most keys of a tile, a multiple of 8 from 64 to 512; 0 is 128
}

// New returns the variant with this Config, under the same name. A BlockK outside
// its range is an error of Plan.
func (c Config) New() attn.Variant {
	if c.BlockK == 0 {
		c.BlockK = tile.DefaultBlockK
	}
	return variant{c}
}

type variant struct{ config Config }

// Name implements [attn.Variant].
func (variant) Name() string { return "flash" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine("flash", p, o, v.config.BlockK, hull)
}

// NewState implements [attn.Decoder] by a cache of all keys and values. A step splits
// what it sees over the workers and merges by LSE (Dao et al. 2023, Flash-Decoding).
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	return splitkv.Config{Variant: v.Name(), Plan: v.Plan}.New(p, o)
}

// hull covers all keys from the first visible one to the last.
func hull(p attn.Problem, blockQ int) *attn.BlockMask {
	return attn.NewBlockMask(p, blockQ).Hull()
}
