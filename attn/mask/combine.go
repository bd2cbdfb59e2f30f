package mask

import (
	"cmp"
	"fmt"
)

// mostItems bounds the masks that And and Or combine into one, and with it the depth
// to which their text nests.
const mostItems = 64

// Validate reports a mask whose numbers make no sense or that does not fit s.
func Validate(m Mask, s Shape) error {
	if v, ok := m.(Validator); ok {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	if v, ok := m.(ValidatesFor); ok {
		return v.ValidateFor(s)
	}
	return nil
}

func validateTree(m Mask) error {
	if n := items(m); n > mostItems {
		return fmt.Errorf("And and Or combine %d masks: want at most %d", n, mostItems)
	}
	return validateItem(m)
}

func validateItem(m Mask) error {
	if m == nil {
		return fmt.Errorf("one side of And or Or is nil")
	}
	if c, ok := m.(combination); ok {
		a, b := c.sides()
		return cmp.Or(validateItem(a), validateItem(b))
	}
	if v, ok := m.(Validator); ok {
		return v.Validate()
	}
	return nil
}

// items counts the masks of a combination.
func items(m Mask) int {
	if c, ok := m.(combination); ok {
		a, b := c.sides()
		return items(a) + items(b)
	}
	return 1
}

func validateBothFor(x, y Mask, s Shape) error {
	for _, m := range []Mask{x, y} {
		if v, ok := m.(ValidatesFor); ok {
			if err := v.ValidateFor(s); err != nil {
				return err
			}
		}
	}
	return nil
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

// HasFixedShape reports whether m fits some Shapes only.
func HasFixedShape(m Mask) bool {
	if c, ok := m.(combination); ok {
		a, b := c.sides()
		return HasFixedShape(a) || HasFixedShape(b)
	}
	_, ok := m.(ValidatesFor)
	return ok
}
