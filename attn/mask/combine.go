package mask

import (
	"cmp"
	"fmt"
)

// pair is the two sides of an And or an Or.
type pair struct{ a, b Mask }

func (p pair) items() int { return items(p.a) + items(p.b) }

// items counts the masks that And and Or combine into m.
func items(m Mask) int {
	if c, ok := m.(interface{ items() int }); ok {
		return c.items()
	}
	return 1
}

// maxItems bounds the masks that And and Or combine into one, and with it the depth
// to which their text nests.
const maxItems = 64

// Validate implements [Validator].
func (p pair) Validate() error {
	if n := p.items(); n > maxItems {
		return fmt.Errorf("And and Or combine %d masks: want at most %d", n, maxItems)
	}
	return cmp.Or(validate(p.a), validate(p.b))
}

// ValidateFor implements [ValidatesFor].
func (p pair) ValidateFor(s Shape) error {
	return cmp.Or(validateFor(p.a, s), validateFor(p.b, s))
}

// HasFixedShape implements [FixedShape].
func (p pair) HasFixedShape() bool { return HasFixedShape(p.a) || HasFixedShape(p.b) }

// Varies implements [Mask].
func (p pair) Varies() (batch, head bool) {
	batchA, headA := p.a.Varies()
	batchB, headB := p.b.Varies()
	return batchA || batchB, headA || headB
}

// isLazy says whether a mask has a predicate in it, which a Plan does not ask.
func isLazy(m Mask) bool {
	l, ok := m.(LazyMask)
	return ok && l.IsLazy()
}
