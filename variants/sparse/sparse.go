// Package sparse is exact attention under a sparse mask: for every panel of
// query rows it visits the listed runs of keys and nothing else, so that the
// work is proportional to the visible pairs. [attn.MaskTexts] lists the patterns;
// [attn.Predicate] is any other. Its typical Problem is the causal
// sliding window (Beltagy et al. 2020, Longformer, section 3.1; Jiang et al.
// 2023, Mistral 7B, section 2). Where the mask is made of the numbers, by block
// selection, that is a step before it: [TopK].
package sparse

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/splitkv"
	"attnbench/internal/tile"
)

// New returns the variant.
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
func (variant) Name() string { return "sparse" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Typical implements [attn.Typical]: each query sees itself and the 255 keys before it.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Mask = attn.Window{Left: 255, Right: 0}
	return p
}

// Plan implements [attn.Variant]. It reaches every softmax Problem.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine("sparse", p, o, v.config.BlockK, attn.NewBlockMask)
}

// NewState implements [attn.Decoder]. Under a window, alone or with sink tokens
// (Xiao et al. 2024, StreamingLLM, section 3.2), the cache rolls: it holds the sink
// tokens, the window and the longest Extend, whatever the capacity. Under any other
// mask it holds all keys and values.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	return splitkv.Config{Variant: v.Name(), Plan: v.Plan, Rolling: true}.New(p, o)
}
