package splitkv_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/variants/flash"
	"attnbench/variants/sparse"
)

// Under a window a State holds the sink tokens, the window and the longest chunk, whatever
// the capacity.
func TestUnderAWindowAStateIsARingBuffer(t *testing.T) {
	for _, c := range []struct {
		mask       attn.Mask
		chunk, row int // row: the rows that are kept
	}{
		{attn.Window{Left: 255}, 512, 255 + 512},
		{attn.Window{Left: 255}, 1, 255 + 1},
		{mask.StreamingLLM(4, 255), 1, 4 + 255 + 1},
		{attn.Causal(), 1, 4096},
	} {
		for _, v := range []attn.Decoder{flash.New(), sparse.New()} {
			p := problem(1, 4, 2, 4096, c.chunk, 64, 64)
			p.Mask = c.mask
			s, err := v.NewState(p, attn.Options{})
			if err != nil {
				t.Fatal(err)
			}
			// A row is 2 heads of 64 float32s of K and 64 of V; a sequence adds three counts.
			if rows := s.Bytes() / 1024; rows != int64(c.row) || s.Bytes()%1024 > 24 {
				t.Errorf("%s under %v by %d: the State holds %d bytes, %d rows: want %d rows", v.Name(), c.mask, c.chunk, s.Bytes(), rows, c.row)
			}
		}
	}
}
