package mask

import (
	"fmt"
	"reflect"
)

// claims are the optional interfaces by which a mask speaks of all its queries at once.
var claims = []reflect.Type{
	reflect.TypeFor[CausalMask](), reflect.TypeFor[Ranger](), reflect.TypeFor[Counter](),
	reflect.TypeFor[Streamer](), reflect.TypeFor[Bounded](), reflect.TypeFor[LazyMask](),
}

// inherits reports a mask whose type embeds a pattern of this package. The claims that the
// type does not define itself would speak for the pattern, and kernels would compute that.
func inherits(m Mask) error {
	t := reflect.TypeOf(m)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		pattern := f.Type
		if pattern.Kind() != reflect.Pointer {
			pattern = reflect.PointerTo(pattern)
		}
		if !f.Anonymous || pattern.Elem().PkgPath() != here {
			continue
		}
		for _, claim := range claims {
			if pattern.Implements(claim) {
				return fmt.Errorf("%v embeds %v and so inherits %v, which may not be true of it: make it a field with a name", t, f.Type, claim)
			}
		}
	}
	return nil
}

var here = reflect.TypeFor[Window]().PkgPath()
