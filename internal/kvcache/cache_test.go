package kvcache_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/internal/kvcache"
)

// Whatever happens to a sequence, a cache holds the tokens that it says it holds, where it
// says they lie: its oldest and all later ones, and those of the pinned that were taken.
func TestSpansFindTheTokens(t *testing.T) {
	p := attn.Problem{Batch: 2, KVHeads: 2, KVLen: 60, HeadDim: 3, ValueDim: 1}
	for name, c := range map[string]struct {
		cache        kvcache.Cache
		pinned, size int
	}{
		"contiguous":         {kvcache.NewContiguous(&p), 0, p.KVLen},
		"ring":               {kvcache.NewRing(&p, 0, 7), 0, 7},
		"ring behind pinned": {kvcache.NewRing(&p, 4, 11), 4, 11},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			taken := make([][]float32, p.Batch) // a number of its own for each token, as its key and its value
			number := float32(0)
			for range 3000 {
				b := rng.IntN(p.Batch)
				was := len(taken[b])
				switch rng.IntN(8) {
				case 0:
					c.cache.Reset(b)
					taken[b] = nil
				case 1:
					if n := rng.IntN(was + 1); n <= c.pinned || n >= c.cache.Oldest(b) {
						c.cache.Truncate(b, n)
						taken[b] = taken[b][:n]
					}
				case 2:
					lo := c.cache.Oldest(b)
					if was > lo {
						lo += rng.IntN(was - lo)
					}
					stay := c.cache.Aligned(b, lo)
					c.cache.Align(b, lo)
					if row, n := c.cache.Span(b, lo, was); was > lo && row+n != stay {
						t.Fatalf("after Align the last token lies in row %d: want %d", row+n-1, stay-1)
					}
				default:
					n := min(rng.IntN(20), p.KVLen-was)
					k, v := attn.NewTensor(p.Batch, p.KVHeads, 20, p.HeadDim), attn.NewTensor(p.Batch, p.KVHeads, 20, p.ValueDim)
					for i := range n {
						number++
						taken[b] = append(taken[b], number)
						for g := range p.KVHeads {
							k.Row(b, g, i)[2], v.Row(b, g, i)[0] = number, -number
						}
					}
					c.cache.Append(b, n, k, v)
				}
				for b := range taken {
					if err := holds(c.cache, b, c.pinned, taken[b]); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// holds reports a token that is not where it should be.
func holds(c kvcache.Cache, b, pinned int, taken []float32) error {
	if got := c.Lens()[b]; got != len(taken) {
		return fmt.Errorf("batch entry %d has %d tokens: want %d", b, got, len(taken))
	}
	k, v := c.Rows()
	for _, span := range [][2]int{{0, min(pinned, len(taken))}, {c.Oldest(b), len(taken)}} {
		for t := span[0]; t < span[1]; {
			row, n := c.Span(b, t, span[1])
			if n < 1 || t+n > span[1] {
				return fmt.Errorf("batch entry %d: a span of %d tokens from %d of [%d, %d)", b, n, t, span[0], span[1])
			}
			for i := range n {
				for g := range k.Shape[1] {
					if x, y := k.Row(b, g, row+i)[2], v.Row(b, g, row+i)[0]; x != taken[t+i] || y != -taken[t+i] {
						return fmt.Errorf("batch entry %d: token %d is %v, %v: want %v", b, t+i, x, y, taken[t+i])
					}
				}
			}
			t += n
		}
	}
	return nil
}

// A ring holds as many tokens as it has rows, and each token takes the row of the oldest.
func TestARingOverwritesTheOldestToken(t *testing.T) {
	p := attn.Problem{Batch: 1, KVHeads: 1, KVLen: 100, HeadDim: 1, ValueDim: 1}
	c := kvcache.NewRing(&p, 2, 5)
	k := attn.NewTensor(1, 1, 1, 1)
	for i := range 20 {
		c.Append(0, 1, k, k)
		row, _ := c.Span(0, i, i+1)
		want := i
		if i >= 2 {
			want = 2 + (i-2)%5
		}
		if row != want || c.Oldest(0) != max(2, i+1-5) {
			t.Errorf("token %d lies in row %d and the oldest is %d: want row %d, %d", i, row, c.Oldest(0), want, max(2, i+1-5))
		}
	}
}
