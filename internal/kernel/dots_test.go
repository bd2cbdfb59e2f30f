package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// queryRows is a matrix whose rows go on with zeros to whole vectors.
func queryRows(set *Set, rng *rand.Rand, heads, d, shift int) operand {
	whole := (d + set.Width - 1) / set.Width * set.Width
	q := matrix(rng, "q", heads, whole, whole+rng.IntN(3), shift)
	for r := range heads {
		clear(q.Data()[r*q.ld+d : r*q.ld+whole])
	}
	return q
}

// Every number of queries and keys, which are taken in fours, and any head_dim. The gaps
// between the rows hold NaN.
func TestDots(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 400 {
			heads, keys, d := 1+rng.IntN(9), 1+rng.IntN(21), 1+rng.IntN(140)
			q, k := queryRows(set, rng, heads, d, i%5), matrix(rng, "k", keys, d, d+i%4, i%7)
			s := matrix(rng, "s", heads, (keys+3)/4*4, (keys+3)/4*4+i%3, i%4)
			set.Dots(s.Data(), s.ld, q.Data(), q.ld, k.Data(), k.ld, heads, keys, d)
			for r := range heads {
				for j := range keys {
					var want, size float64
					for c := range d {
						term := q.at(r, c) * k.at(j, c)
						want, size = want+term, size+math.Abs(term)
					}
					near(t, fmt.Sprintf("heads %d keys %d d %d: s[%d, %d]", heads, keys, d, r, j), s.at(r, j), want, size, d)
				}
			}
			checkFences(t, q, k, s)
		}
	})
}

// A key that is NaN or Inf shows in its own scores only, a value in its own columns.
func TestDotsAndWeightedSumKeepNaNApart(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		const heads, keys, d = 5, 11, 37
		for bad := range keys {
			q, k := queryRows(set, rng, heads, d, 1), matrix(rng, "k", keys, d, d, 0)
			s := matrix(rng, "s", heads, 12, 12, 0)
			k.Data()[bad*k.ld+bad] = float32(math.NaN())
			set.Dots(s.Data(), s.ld, q.Data(), q.ld, k.Data(), k.ld, heads, keys, d)
			for r := range heads {
				for j := range keys {
					if got := math.IsNaN(s.at(r, j)); got != (j == bad) {
						t.Fatalf("key %d is NaN: s[%d, %d] is %v", bad, r, j, s.at(r, j))
					}
				}
			}
			whole := (d + set.Width - 1) / set.Width * set.Width
			o, alpha := matrix(rng, "o", heads, whole, whole, 0), matrix(rng, "alpha", 1, heads, heads, 0)
			set.WeightedSum(o.Data(), o.ld, make([]float32, heads*whole), alpha.Data(), s.Data(), s.ld, k.Data(), k.ld, heads, bad, d)
			for r := range heads {
				if !finiteRow(o.Data()[r*o.ld:][:d]) {
					t.Fatalf("keys before %d: row %d is not finite", bad, r)
				}
			}
		}
	})
}

func finiteRow(x []float32) bool { return finiteGeneric(x, len(x), 1, len(x)) }

// Nothing past the last row is read, not even by the rows of four that it stands for.
func TestDotsReadNothingPastTheKeys(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for d := 1; d <= 3*set.Width; d++ {
			q, k := queryRows(set, rng, 2, d, 0), matrix(rng, "k", 6, d, d, 0)
			guard.Poison(k.Data()[5*d:])
			s := matrix(rng, "s", 2, 8, 8, 0)
			set.Dots(s.Data(), 8, q.Data(), q.ld, k.Data()[:5*d], d, 2, 5, d)
			for r := range 2 {
				for j := range 5 {
					if math.IsNaN(s.at(r, j)) {
						t.Fatalf("d %d: s[%d, %d] is NaN", d, r, j)
					}
				}
			}
		}
	})
}

// What a step of decoding does to K and V of 4 heads, of the rate of a plain read.
func BenchmarkStream(b *testing.B) {
	const heads, floats, block = 4, 32 << 20, 64
	for _, d := range []int{64, 128, 256} {
		k, keys := make([]float32, floats), floats/d
		for i := range k {
			k[i] = 1 / float32(1+i%7)
		}
		for _, set := range sets {
			q, s, o, sums, alpha := make([]float32, heads*d), make([]float32, heads*block), make([]float32, heads*d), make([]float32, heads*d), []float32{1, 1, 1, 1}
			run := func(name string, f func()) {
				b.Run(fmt.Sprintf("%s/d=%d/isa=%s", name, d, set.Name), func(b *testing.B) {
					b.SetBytes(int64(4 * len(k)))
					for b.Loop() {
						f()
					}
				})
			}
			run("sum", func() { set.Sum(k) })
			run("dots", func() {
				for j := 0; j < keys; j += block {
					set.Dots(s, block, q, d, k[j*d:], d, heads, block, d)
				}
			})
			run("weightedSum", func() {
				for j := 0; j < keys; j += block {
					set.WeightedSum(o, d, sums, alpha, s, block, k[j*d:], d, heads, block, d)
				}
			})
		}
	}
}
