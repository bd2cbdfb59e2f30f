package mask

// What a mask can do beyond the bulk forms of Mask is an optional interface, which the
// mask itself implements. And and Or implement each by asking their sides. A type that
// embeds a pattern, at any depth, would inherit claims that need not be true of it: Validate
// refuses it.

// Validator is implemented by masks whose numbers may make no sense.
type Validator interface {
	Validate() error
}

// ValidatesFor is implemented by masks that may not fit a Shape.
type ValidatesFor interface {
	ValidateFor(s Shape) error
}

// FixedShape is implemented by masks that have ValidateFor and yet may fit every Shape: And
// and Or, whose sides decide.
type FixedShape interface {
	HasFixedShape() bool
}

// CausalMask is implemented by masks that may be causal: IsCausal reports whether no query
// at position 0 or more sees a key past its own position.
type CausalMask interface {
	IsCausal() bool
}

// IsCausal reports whether m is known to show no key past a query's own position,
// which is 0 or more. True of a causal window, Strided and Fixed, of patterns too narrow to
// reach a later key, of an And with one of these and of an Or of nothing else.
func IsCausal(m Mask) bool {
	c, ok := m.(CausalMask)
	return ok && c.IsCausal()
}

// Ranger is implemented by masks under which every query sees one range of keys, [lo, hi);
// hi may lie past the last key. ok does not depend on the query.
type Ranger interface {
	Range(b, h, q int) (lo, hi int, ok bool)
}

// Counter is implemented by masks that count keys by arithmetic: how many keys in
// [lo, hi), lo at least 0, the query at position q sees. The count means nothing where ok is
// false.
type Counter interface {
	Count(b, h, q, lo, hi int) (count int, ok bool)
}

// Streamer is implemented by masks that show, of the keys up to a query's own, the first
// sinks and those from left before it on: none where left is -1, all where it is [OpenSide].
type Streamer interface {
	Stream() (sinks, left int, ok bool)
}

// Bounded is implemented by masks that are windows: a query sees the keys from left before
// its own to right after it, -1 an open side. Kernels fill a tile from the two numbers.
type Bounded interface {
	Bounds() (left, right int)
}

// LazyMask is implemented by masks whose pairs a Plan does not look at, since each costs
// too much.
type LazyMask interface {
	IsLazy() bool
}
