package mask

import (
	"cmp"
	"fmt"
)

// pair is the two sides of an And or an Or.
type pair struct{ a, b Mask }

// combination is And or Or.
type combination interface {
	sides() pair
}

func (p pair) sides() pair { return p }

// items counts the masks of a combination.
func items(m Mask) int {
	if c, ok := m.(combination); ok {
		return items(c.sides().a) + items(c.sides().b)
	}
	return 1
}

// maxItems bounds the masks that And and Or combine into one, and with it the depth
// to which their text nests.
const maxItems = 64

func (p pair) Validate() error {
	if n := items(p.a) + items(p.b); n > maxItems {
		return fmt.Errorf("And and Or combine %d masks: want at most %d", n, maxItems)
	}
	if p.a == nil || p.b == nil {
		return fmt.Errorf("one side of And or Or is nil")
	}
	return cmp.Or(validate(p.a), validate(p.b))
}

func (p pair) ValidateFor(s Shape) error {
	return cmp.Or(validateFor(p.a, s), validateFor(p.b, s))
}

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
