package check

import (
	"math"
	"testing"

	"attnbench/attn"
)

// The digest is of bits, and no process has its own: FNV-1a of nothing is its offset basis.
func TestTheDigestOfAnOutputIsOfItsBits(t *testing.T) {
	if got := OutputDigest(attn.Tensor{}); got != "cbf29ce484222325" {
		t.Error(got)
	}
	a, b := attn.NewTensor(1, 1, 2, 2), attn.NewTensor(1, 1, 2, 2)
	if OutputDigest(a) != OutputDigest(b) {
		t.Error("equal outputs differ")
	}
	b.Data[3] = float32(math.Copysign(0, -1))
	if OutputDigest(a) == OutputDigest(b) {
		t.Error("-0 is 0")
	}
}
