package mask

import "pgregory.net/rapid"

// numbered draws a pattern of numbers on both sides of the edges of words and tiles.
func numbered(t *rapid.T) Mask {
	number := func(min, max int) int { return rapid.IntRange(min, max).Draw(t, "number") }
	switch number(0, 9) {
	case 0:
		return Window{number(-1, 300), number(-1, 300)}
	case 1:
		return Sinks{number(0, 130)}
	case 2:
		return Global{number(0, 130)}
	case 3:
		return Strided{number(1, 130)}
	case 4:
		block := number(1, 200)
		return Fixed{block, number(0, block)}
	case 5:
		return Dilated{number(0, 9), number(0, 9), number(1, 100)}
	case 6:
		return BlockWindow{number(1, 100), number(0, 3), number(0, 3)}
	case 7:
		return RandomBlocks{number(1, 70), number(0, 5), number(1, 300), number(0, 9)}
	case 8:
		return NewDocuments(rapid.SliceOfN(rapid.IntRange(1, 130), 1, 5).Draw(t, "documents")...)
	}
	return Longformer(number(0, 9), Window{number(0, 70), number(0, 70)})
}

// composed are masks of someMasks and others, and up to four of them combined.
func composed() *rapid.Generator[Mask] {
	one := rapid.OneOf(rapid.SampledFrom(someMasks()), rapid.Custom(numbered))
	return rapid.Custom(func(t *rapid.T) Mask {
		m := one.Draw(t, "mask")
		for range rapid.IntRange(0, 3).Draw(t, "others") {
			if other := one.Draw(t, "other"); rapid.Bool().Draw(t, "or") {
				m = Or(m, other)
			} else {
				m = And(other, m)
			}
		}
		return m
	})
}
