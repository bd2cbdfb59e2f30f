package mask

import (
	"fmt"
	"reflect"
)

// missing stands for nil in an And or an Or, so that nobody calls a nil mask before
// Validate reports it.
type missing struct{ what string }

// present is m, or missing where m is nil.
func present(m Mask) Mask {
	if err := notNil(m); err != nil {
		return missing{err.Error()}
	}
	return m
}

// notNil reports a mask that is nil, a nil pointer or a nil function: its methods panic.
func notNil(m Mask) error {
	if m == nil {
		return fmt.Errorf("a mask is nil")
	}
	if v := reflect.ValueOf(m); (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil() {
		return fmt.Errorf("a mask is a nil %T", m)
	}
	return nil
}

// Validate implements [Validator].
func (m missing) Validate() error { return fmt.Errorf("%s in And or Or", m.what) }

// Visible implements [Mask].
func (missing) Visible(_, _, _, _ int) bool { return false }

// Bits implements [Mask].
func (missing) Bits(_, _, _, _ int) uint64 { return 0 }

// Spans implements [Mask].
func (missing) Spans(dst []Span, _, _, _, _, _ int) []Span { return dst }

// Varies implements [Mask].
func (missing) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (missing) String() string { return "nil" }
