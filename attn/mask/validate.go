package mask

import "fmt"

// Validate reports a mask that is nil or a nil pointer, whose numbers make no sense, that
// does not fit s, or whose type embeds a pattern.
func Validate(m Mask, s Shape) error {
	if err := validate(m); err != nil {
		return err
	}
	return validateFor(m, s)
}

func validate(m Mask) error {
	if err := notNil(m); err != nil {
		return err
	}
	if err := inherits(m); err != nil {
		return err
	}
	if v, ok := m.(Validator); ok {
		return v.Validate()
	}
	return nil
}

func validateFor(m Mask, s Shape) error {
	if v, ok := m.(ValidatesFor); ok {
		return v.ValidateFor(s)
	}
	return nil
}

// HasFixedShape reports whether m fits some Shapes only.
func HasFixedShape(m Mask) bool {
	if c, ok := m.(FixedShape); ok {
		return c.HasFixedShape()
	}
	_, ok := m.(ValidatesFor)
	return ok
}

// count is a named number of a mask and its bounds.
type count struct {
	name            string
	value, min, max int
}

func checkCounts(mask string, counts ...count) error {
	for _, c := range counts {
		if c.value < c.min || c.value > c.max {
			return fmt.Errorf("%s: %s is %d: want %d to %d", mask, c.name, c.value, c.min, c.max)
		}
	}
	return nil
}
