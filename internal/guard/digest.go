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

// scaledBlock is the number of floats that Scaled copies at a time.
const scaledBlock = 1024

// Scaled is the digest of rows times a power of two, or its negative: y has the digest of x
// exactly where y·by is x, bit for bit. -0 counts as 0, since a sum that
// cancels is +0 whatever the signs of its terms, and every NaN counts as one.
type Scaled struct {
	by    float32
	hash  maphash.Hash
	block [scaledBlock]float32
	n     int
}

// Reset begins a digest of rows times by.
func (d *Scaled) Reset(by float32) {
	d.hash.SetSeed(digestSeed)
	d.by, d.n = by, 0
}

// Add takes a row in.
func (d *Scaled) Add(row []float32) {
	for len(row) > 0 {
		if d.n == scaledBlock {
			d.flush()
		}
		to := d.block[d.n:]
		to = to[:min(len(to), len(row))]
		for i, x := range row[:len(to)] {
			x = d.by*x + 0 // -0 + 0 is 0
			if x != x {
				x = float32(math.NaN())
			}
			to[i] = x
		}
		d.n, row = d.n+len(to), row[len(to):]
	}
}

// Sum is the digest of the rows so far.
func (d *Scaled) Sum() uint64 {
	d.flush()
	return d.hash.Sum64()
}

func (d *Scaled) flush() {
	d.hash.Write(unsafe.Slice((*byte)(unsafe.Pointer(&d.block[0])), 4*d.n))
	d.n = 0
}
