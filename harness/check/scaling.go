package check

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"attnbench/attn"
	"attnbench/attn/pool"
	"attnbench/internal/guard"
)

// Scaling multiplies V of some heads by ±2^k in place, by another factor at each draw. Under
// every rule Out is linear in V, and rounding to nearest is symmetric and the same at every
// power of two, so that Out of these heads must be exactly ±2^k times what it was, bit for
// bit: a variant that keeps results by the address of V, or by a part of its content, returns
// a stale one. It costs no second oracle. Which keys a selecting variant attends to depends on
// Q and K alone. (A first state would have to be multiplied too; no point has one.)
type Scaling struct {
	v      attn.Tensor // [B, Hkv, Nk, Dv]
	group  int         // query heads of a key/value head
	rng    *rand.Rand
	by     []float32 // [B·Hkv]: what V is multiplied by
	powers int       // k is from -powers to powers
}

// maxPower bounds k: V and Out stay far from the ends of float32.
const maxPower = 4

// NewScaling is of the V of p, as it is. Where V holds numbers of which a multiple may over- or
// underflow, only its signs change.
func NewScaling(p attn.Problem, v attn.Tensor, seed uint64) *Scaling {
	s := &Scaling{v: v, group: p.QHeads / p.KVHeads, by: make([]float32, p.Batch*p.KVHeads), powers: maxPower}
	for i := range s.by {
		s.by[i] = 1
	}
	for _, x := range v.Data {
		if size := math.Abs(float64(x)); !(size < 0x1p64) || size < 0x1p-64 {
			s.powers = 0
			break
		}
	}
	s.Reseed(seed)
	return s
}

// Reseed draws by another seed from now on.
func (s *Scaling) Reseed(seed uint64) {
	s.rng = rand.New(rand.NewPCG(seed, 0x7363616c696e67))
}

// Draw changes the factor of about half of the heads, at least of one.
func (s *Scaling) Draw() {
	surely := s.rng.IntN(len(s.by))
	for i, by := range s.by {
		if i != surely && s.rng.IntN(2) == 0 {
			continue
		}
		to := -by
		if s.powers > 0 {
			to = float32(math.Copysign(math.Ldexp(1, s.rng.IntN(2*s.powers+1)-s.powers), -float64(by)))
		}
		s.multiply(i, to)
	}
}

// Restore makes V what it was.
func (s *Scaling) Restore() {
	for i := range s.by {
		s.multiply(i, 1)
	}
}

// multiply makes to the factor of head i.
func (s *Scaling) multiply(i int, to float32) {
	by := to / s.by[i]
	if s.by[i] = to; by == 1 {
		return
	}
	heads := s.v.Shape[1]
	const rows = 256
	inParts((s.v.Shape[2]+rows-1)/rows, func(part int) {
		for j := part * rows; j < min(s.v.Shape[2], (part+1)*rows); j++ {
			row := s.v.Row(i/heads, i%heads, j)
			for c := range row {
				row[c] *= by
			}
		}
	})
}

// of is the factor of V of query head h.
func (s *Scaling) of(b, h int) float64 {
	return float64(s.by[b*s.v.Shape[1]+h/s.group])
}

// Of is r for the V of now.
func (s *Scaling) Of(r Rows) Rows {
	rows := slices.Clone(r.want)
	for i := range rows {
		if by := s.of(rows[i].Row.B, rows[i].Row.H); by != 1 {
			rows[i] = rows[i].Times(by)
		}
	}
	return Rows{r.p, rows}
}

// Digests are those of the heads of out [B, Hq, Nq, Dv], under the V of the beginning:
// equal where the bits are, up to the factors.
func (s *Scaling) Digests(out attn.Tensor) []uint64 {
	heads := out.Shape[1]
	list := make([]uint64, out.Shape[0]*heads)
	inParts(len(list), func(i int) {
		var d guard.Scaled
		d.Reset(float32(1 / s.of(i/heads, i%heads)))
		for row := range out.Shape[2] {
			d.Add(out.Row(i/heads, i%heads, row))
		}
		list[i] = d.Sum()
	})
	return list
}

// Differs says in words which head has other bits than it must have.
func (s *Scaling) Differs(got, want []uint64) string {
	heads := s.v.Shape[1] * s.group
	for i := range want {
		if got[i] == want[i] {
			continue
		}
		b, h := i/heads, i%heads
		if by := s.of(b, h); by != 1 {
			return fmt.Sprintf("batch %d head %d is not bit for bit %g times what was checked, though V is", b, h, by)
		}
		return fmt.Sprintf("batch %d head %d is not bit for bit what was checked", b, h)
	}
	return ""
}

// Poison fills out and ws with NaN, which shows what a variant forgot to write.
func Poison(out, ws []float32) {
	guard.Poison(out)
	guard.Poison(ws)
}

// Ready fills out and ws before a sample: with NaN, or with finite numbers that no result is.
func (s *Scaling) Ready(out, ws []float32, poison bool) {
	if poison {
		Poison(out, ws)
		return
	}
	// Of a workspace larger than Out a random stretch, so that no sample waits long.
	if len(ws) > len(out) {
		ws = ws[s.rng.IntN(len(ws)-len(out)+1):][:len(out)]
	}
	s.Refill(ws)
	s.Refill(out)
}

// Refill fills x with numbers that no result is: see guard.Refill.
func (s *Scaling) Refill(x []float32) {
	const size = 1 << 16
	seed := s.rng.Uint64()
	inParts((len(x)+size-1)/size, func(part int) {
		guard.Refill(x[part*size:min(len(x), (part+1)*size)], seed+uint64(part))
	})
}

// inParts calls f for 0 .. n-1 on all cores.
func inParts(n int, f func(part int)) {
	pool.Shared().Run(part(f), n, min(n, runtime.GOMAXPROCS(0)))
}

type part func(i int)

func (f part) Part(_, i int) { f(i) }
