package mask

// combination is And or Or.
type combination interface {
	sides() (a, b Mask)
}

// maxItems bounds the masks that And and Or combine into one, and with it the depth
// to which their text nests.
const maxItems = 64

// items counts the masks of a combination.
func items(m Mask) int {
	if c, ok := m.(combination); ok {
		a, b := c.sides()
		return items(a) + items(b)
	}
	return 1
}

func variesBoth(x, y Mask) (batch, head bool) {
	xb, xh := x.Varies()
	yb, yh := y.Varies()
	return xb || yb, xh || yh
}

// isLazy says whether a mask has a predicate in it, which a Plan does not ask.
func isLazy(m Mask) bool {
	l, ok := m.(LazyMask)
	return ok && l.IsLazy()
}
