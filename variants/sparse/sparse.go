// Package sparse is exact attention under a sparse mask. For each panel of query rows it
// visits only the spans of keys that the mask lists, so that the work is proportional to
// the visible pairs. Package internal/tile has the tile engine and the online softmax,
// package internal/splitkv the decode steps.
//
// [mask.Texts] lists the patterns; [mask.Predicate] makes any other. The typical Problem
// is the causal sliding window (Beltagy et al. 2020, Longformer, section 3.1; Jiang et al.
// 2023, Mistral 7B, section 2). [TopK] chooses blocks of keys by their scores first.
package sparse

import (
	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/splitkv"
	"attnbench/internal/tile"
)

// Config chooses how tiles are cut. The zero value is what New uses.
type Config = tile.Config

// New returns the variant.
func New() attn.Decoder { return NewWith(Config{}) }

// NewWith returns the variant with a Config, under the same name. A field outside its
// range is an error of Plan.
func NewWith(c Config) attn.Decoder { return variant{c} }

type variant struct{ config Config }

// Name implements [attn.Variant].
func (variant) Name() string { return "sparse" }

// Engine implements [attn.HasEngine].
func (variant) Engine() string { return "tile" }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Typical implements [attn.Typical]: each query sees itself and the 255 keys before it.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Mask = attn.Window{Left: 255, Right: 0}
	return p
}

// Plan implements [attn.Variant]. It supports every softmax Problem.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	return tile.NewEngine(v.Name(), p, o, v.config, mask.NewBlockMask)
}

// NewState implements [attn.Decoder]. Under a window, alone or with sink tokens
// (Xiao et al. 2024, StreamingLLM, section 3.2), the cache is a ring buffer: it holds the
// sink tokens, the window and the longest chunk, whatever the capacity. Under any other
// mask it holds all keys and values.
func (v variant) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	return splitkv.Config{Variant: v.Name(), Plan: v.Plan, Forget: true}.New(p, o)
}
