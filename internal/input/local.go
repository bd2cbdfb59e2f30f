package input

import (
	"math"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// localReach is the distance, in positions, over which scores of the profile local fall to exp(-1/2).
const localReach = 32

// addPosition adds random Fourier features of each row's position to t
// [B, H, rows, D] (Rahimi and Recht 2007, section 3): in columns 2f and 2f+1 the
// pair √2·cos(ω_f·t), √2·sin(ω_f·t), with ω_f of N(0, 1/localReach²). Rows at t and
// u then have an inner product near D·exp(-(t-u)²/(2·localReach²)), which the
// default scale makes √D where t = u. The frequencies depend on the seed alone, so
// that Q and K of any shape share them; an odd last column keeps its noise. Query
// row 0 stands where bottom-right alignment puts it, whatever QueryStart says: the
// numbers depend on the shape alone.
func addPosition(t attn.Tensor, seed uint64, first int) {
	key := mask.Mix(seed) ^ 0x6c6f63616c // a stream that no tensor has
	for f := range t.Shape[3] / 2 {
		omega := normal(key, 2*uint64(f)) / localReach
		for i := range t.Shape[2] {
			sin, cos := math.Sincos(omega * float64(first+i))
			for b := range t.Shape[0] {
				for h := range t.Shape[1] {
					row := t.Row(b, h, i)
					row[2*f] += float32(math.Sqrt2 * cos)
					row[2*f+1] += float32(math.Sqrt2 * sin)
				}
			}
		}
	}
}
