package mask

import (
	"cmp"
	"fmt"
)

// Validator is implemented by masks whose numbers may make no sense.
type Validator interface {
	Validate() error
}

// ValidatesFor is implemented by masks that fit some Shapes only.
type ValidatesFor interface {
	ValidateFor(s Shape) error
}

// Validate reports a mask whose numbers make no sense, that does not fit s, or whose type
// embeds a pattern.
func Validate(m Mask, s Shape) error {
	if err := inherits(m); err != nil {
		return err
	}
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

// HasFixedShape reports whether m fits some Shapes only.
func HasFixedShape(m Mask) bool {
	if c, ok := m.(combination); ok {
		a, b := c.sides()
		return HasFixedShape(a) || HasFixedShape(b)
	}
	_, ok := m.(ValidatesFor)
	return ok
}

func validateTree(m Mask) error {
	if n := items(m); n > maxItems {
		return fmt.Errorf("And and Or combine %d masks: want at most %d", n, maxItems)
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
	if err := inherits(m); err != nil {
		return err
	}
	if v, ok := m.(Validator); ok {
		return v.Validate()
	}
	return nil
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

// count is a named number of a mask and its lower bound.
type count struct {
	name       string
	value, min int
}

func checkCounts(mask string, counts ...count) error {
	for _, c := range counts {
		if c.value < c.min || c.value > maxWindow {
			return fmt.Errorf("%s: %s is %d: want %d to %d", mask, c.name, c.value, c.min, maxWindow)
		}
	}
	return nil
}
