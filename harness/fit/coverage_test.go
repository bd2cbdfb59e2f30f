package fit

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var draws = flag.Int("draws", 1000, "synthetic draws of each class")

// class is a family of series of which the truth is known.
type class struct {
	name     string
	lengths  func(*rand.Rand) int
	exponent func(*rand.Rand) float64
	// fixed is the fixed cost, in units of what grows at the shortest length; nil: none.
	fixed func(*rand.Rand) float64
	// noise is the standard deviation of the logarithm of a visit at length i of n.
	noise func(rng *rand.Rand) func(i, n int) float64
}

func between(lo, hi float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return lo + (hi-lo)*rng.Float64() }
}

func spread(lo, hi float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return lo * math.Pow(hi/lo, rng.Float64()) }
}

func someLengths(rng *rand.Rand) int { return 4 + rng.IntN(5) }

func evenly(share func(*rand.Rand) float64) func(*rand.Rand) func(int, int) float64 {
	return func(rng *rand.Rand) func(int, int) float64 {
		s := share(rng)
		return func(int, int) float64 { return s }
	}
}

// draw is a series of the class and its exponent.
func (c class) draw(rng *rand.Rand) ([]Point, float64) {
	e, n, noise, fixed := c.exponent(rng), c.lengths(rng), c.noise(rng), 0.0
	if c.fixed != nil {
		fixed = c.fixed(rng)
	}
	visits := 3 + rng.IntN(4)
	var s []Point
	for i := range n {
		p := Point{N: 128 << i}
		for range visits {
			v := 1e5 * (fixed + math.Pow(2, e*float64(i))) * math.Exp(noise(i, n)*rng.NormFloat64())
			p.Values = append(p.Values, v)
		}
		s = append(s, p)
	}
	return s, e
}

// Of power laws with noise 90 to 98 of 100 intervals hold the exponent, with a fixed cost
// too, however large and however noisy: what is not refused is true.
func TestIntervalsCoverTheTruth(t *testing.T) {
	anyExponent, anyNoise := between(0.9, 2.1), evenly(spread(0.01, 0.15))
	noisyShort := func(*rand.Rand) func(int, int) float64 {
		return func(i, n int) float64 { return 0.15 * math.Pow(0.01/0.15, float64(i)/float64(n-1)) }
	}
	noisyLong := func(*rand.Rand) func(int, int) float64 {
		return func(i, n int) float64 { return 0.01 * math.Pow(15, float64(i)/float64(n-1)) }
	}
	four := func(*rand.Rand) int { return 4 }
	for i, c := range []class{
		{"N", someLengths, between(1, 1), nil, anyNoise},
		{"N²", someLengths, between(2, 2), nil, anyNoise},
		{"√N", someLengths, between(0.5, 0.5), nil, anyNoise},
		{"4 lengths", four, anyExponent, nil, anyNoise},
		{"noisy at the short end", someLengths, anyExponent, nil, noisyShort},
		{"noisy at the long end", someLengths, anyExponent, nil, noisyLong},
		{"fixed cost, noise 1 %", someLengths, anyExponent, spread(0.02, 8), evenly(between(0.01, 0.01))},
		{"fixed cost, noise 1 to 15 %", someLengths, anyExponent, spread(0.02, 8), anyNoise},
		{"fixed cost, 4 lengths", four, anyExponent, spread(0.02, 8), anyNoise},
		{"fixed cost, noisy short end", someLengths, anyExponent, spread(0.02, 8), noisyShort},
		{"fixed cost, noisy long end", someLengths, anyExponent, spread(0.02, 8), noisyLong},
		{"short lengths save", someLengths, anyExponent, between(-0.3, 0), anyNoise},
	} {
		rng := rand.New(rand.NewPCG(uint64(i), 15))
		var covered, moved int
		var width float64
		count := map[Regime]int{}
		for range *draws {
			s, e := c.draw(rng)
			g := Grow(s)
			if count[g.Regime]++; g.Regime != PowerLaw {
				continue
			}
			if width += g.Hi - g.Lo; g.Lo <= e && e <= g.Hi {
				covered++
			}
			if g.From > s[0].N {
				moved++
			}
		}
		said := float64(count[PowerLaw])
		row := fmt.Sprintf("%-28s %4.0f exponents, %4.1f %% covered, mean width %.3f, %3d from a tail; %3d rising, %3d falling, %3d unclear",
			c.name, said, 100*float64(covered)/said, width/said, moved, count[Rising], count[Falling], count[Unclear])
		if t.Log(row); float64(covered) < 0.9*said || float64(covered) > 0.98*said || said < 0.2*float64(*draws) {
			t.Error(row)
		}
	}
}
