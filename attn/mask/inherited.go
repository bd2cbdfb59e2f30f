package mask

import (
	"fmt"
	"reflect"
	"slices"
)

// claims are the optional interfaces by which a mask speaks of all its queries at once.
var claims = []reflect.Type{
	reflect.TypeFor[CausalMask](), reflect.TypeFor[Ranger](), reflect.TypeFor[Counter](),
	reflect.TypeFor[Streamer](), reflect.TypeFor[Bounded](), reflect.TypeFor[LazyMask](),
}

// inherits reports a mask whose type embeds a pattern of this package, at any depth. The
// claims that the type does not define itself would speak for the pattern, and kernels
// would compute that.
func inherits(m Mask) error {
	t := reflect.TypeOf(m)
	if t == nil {
		return nil
	}
	return embeds(t, t, nil)
}

// embeds looks into the fields of t that have no name. outer is the mask's own type; path
// holds the types above t, since a type may embed a pointer to itself.
func embeds(outer, t reflect.Type, path []reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(path, t) {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			continue
		}
		pattern := f.Type
		if pattern.Kind() != reflect.Pointer {
			pattern = reflect.PointerTo(pattern)
		}
		if pattern.Elem().PkgPath() != here {
			if err := embeds(outer, f.Type, append(path, t)); err != nil {
				return err
			}
			continue
		}
		for _, claim := range claims {
			if pattern.Implements(claim) {
				return fmt.Errorf("%v embeds %v and so inherits %v, which may not be true of it: make it a field with a name", outer, f.Type, claim)
			}
		}
	}
	return nil
}

var here = reflect.TypeFor[Window]().PkgPath()
