package mask

// ones is the word whose bits from .. to-1 are set, clipped to the word.
func ones(from, to int) uint64 {
	from, to = max(0, from), min(64, to)
	if from >= to {
		return 0
	}
	return ^uint64(0) << from & (^uint64(0) >> (64 - to))
}

// multiples[step] are the bits of a word at multiples of step.
var multiples = func() (words [64]uint64) {
	for step := 1; step < 64; step++ {
		for k := 0; k < 64; k += step {
			words[step] |= 1 << k
		}
	}
	return words
}()

// every is the word whose bits at multiples of step are set.
func every(step int) uint64 {
	if step < 64 {
		return multiples[step]
	}
	return 1
}

// congruent counts the numbers of [lo, hi), lo not negative, that are q modulo step.
func congruent(lo, hi, q, step int) int {
	if lo >= hi {
		return 0
	}
	first := (q - lo) % step
	if first < 0 {
		first += step
	}
	return max(0, hi-lo-first+step-1) / step
}

// floorDiv is x/y rounded down: positions may be negative.
func floorDiv(x, y int) int {
	if x < 0 {
		return -((-x + y - 1) / y)
	}
	return x / y
}
