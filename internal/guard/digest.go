package guard

import (
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"
	"unsafe"
)

// refillBlock are the numbers that Refill takes: of magnitude 1 to 2 and of either sign.
var refillBlock = sync.OnceValue(func() []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	block := make([]float32, 1<<14)
	for i := range block {
		block[i] = math.Float32frombits(rng.Uint32()&0x807fffff | 0x3f800000)
	}
	return block
})

// Refill fills x with finite numbers that no result is, others for every seed: an element
// that nobody writes differs from what it must be, and unlike NaN does not show that it is
// a trap. It copies, so that it costs a memory write and no more.
func Refill(x []float32, seed uint64) {
	block := refillBlock()
	from := block[seed%uint64(len(block)):]
	for len(x) > 0 {
		x, from = x[copy(x, from):], block
	}
}

// digestSeed makes digests comparable within this process alone.
var digestSeed = maphash.MakeSeed()

// Digest is a hash of the bits of x.
func Digest(x []float32) uint64 {
	if len(x) == 0 {
		return 0
	}
	return maphash.Bytes(digestSeed, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x)))
}

// signedBlock is the number of floats that Signed copies at a time.
const signedBlock = 1024

// Signed is the digest of rows whose signs may be flipped: y has the digest of x exactly
// where y is x, or with flipped set -x, bit for bit. -0 counts as 0, since a sum that
// cancels is +0 whatever the signs of its terms, and every NaN counts as one.
type Signed struct {
	Flipped bool
	hash    maphash.Hash
	block   [signedBlock]float32
	n       int
}

// Reset begins a digest.
func (d *Signed) Reset(flipped bool) {
	d.hash.SetSeed(digestSeed)
	d.Flipped, d.n = flipped, 0
}

// Add takes a row in.
func (d *Signed) Add(row []float32) {
	sign := float32(1)
	if d.Flipped {
		sign = -1
	}
	for len(row) > 0 {
		if d.n == signedBlock {
			d.flush()
		}
		to := d.block[d.n:]
		to = to[:min(len(to), len(row))]
		for i, x := range row[:len(to)] {
			x = sign*x + 0 // -0 + 0 is 0
			if x != x {
				x = float32(math.NaN())
			}
			to[i] = x
		}
		d.n, row = d.n+len(to), row[len(to):]
	}
}

// Sum is the digest of the rows so far.
func (d *Signed) Sum() uint64 {
	d.flush()
	return d.hash.Sum64()
}

func (d *Signed) flush() {
	d.hash.Write(unsafe.Slice((*byte)(unsafe.Pointer(&d.block[0])), 4*d.n))
	d.n = 0
}
