package mask

import (
	"fmt"
	"strconv"
	"strings"
)

// patterns lists the items of a mask's text, each with its numbers.
var patterns = []struct {
	text    string
	build   func(x []int) Mask
	numbers int // how many it takes; more where the text ends in "..."
}{
	{"full", func([]int) Mask { return Full() }, 0},
	{"causal", func([]int) Mask { return Causal() }, 0},
	{"window:LEFT:RIGHT", func(x []int) Mask { return Window{x[0], x[1]} }, 2},
	{"sinks:TOKENS", func(x []int) Mask { return Sinks{x[0]} }, 1},
	{"global:TOKENS", func(x []int) Mask { return Global{x[0]} }, 1},
	{"strided:STRIDE", func(x []int) Mask { return Strided{x[0]} }, 1},
	{"fixed:BLOCK:SUMMARY", func(x []int) Mask { return Fixed{x[0], x[1]} }, 2},
	{"dilated:LEFT:RIGHT:STEP", func(x []int) Mask { return Dilated{x[0], x[1], x[2]} }, 3},
	{"blocks:BLOCK:LEFT:RIGHT", func(x []int) Mask { return BlockWindow{x[0], x[1], x[2]} }, 3},
	{"random:BLOCK:COUNT:KEYS:SEED", func(x []int) Mask { return RandomBlocks{x[0], x[1], x[2], x[3]} }, 4},
	{"document:LENGTH:...", func(x []int) Mask { return NewDocuments(x...) }, 1},
}

// Texts lists what Parse takes as one item.
func Texts() []string {
	var list []string
	for _, item := range patterns {
		list = append(list, item.text)
	}
	return list
}

// Parse reads the text of a mask, as the flag --mask gives it: an item of [Texts], or
// several, where "+" is Or, "@" is And and binds tighter, and parentheses group. Bounds of
// windows are inclusive and do not count the row's own position; -1 is an open side.
// StreamingLLM is window:255:0+causal@sinks:4.
func Parse(s string) (Mask, error) {
	if len(s) > maxText {
		return nil, fmt.Errorf("mask %q...: %d bytes: want at most %d", s[:40], len(s), maxText)
	}
	r := reader{rest: s}
	m, err := r.sum(0)
	if err == nil && r.rest != "" {
		err = fmt.Errorf("%q is left over", r.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("mask %q: %w", s, err)
	}
	return m, nil
}

// maxText bounds a text, in bytes: documents have a length each.
const maxText = 1 << 20

// reader is a recursive descent over the text not read yet.
type reader struct {
	rest  string
	items int // read so far
}

// maxDepth bounds the nesting of parentheses. No mask of maxItems nests deeper.
const maxDepth = maxItems

func (r *reader) take(sign string) bool {
	rest, ok := strings.CutPrefix(r.rest, sign)
	r.rest = rest
	return ok
}

func (r *reader) sum(depth int) (Mask, error) { return r.joined("+", depth, r.product, Or) }

func (r *reader) product(depth int) (Mask, error) { return r.joined("@", depth, r.item, And) }

// joined reads operands with the sign between them and combines them from the left.
func (r *reader) joined(sign string, depth int, operand func(depth int) (Mask, error), combine func(Mask, ...Mask) Mask) (Mask, error) {
	m, err := operand(depth)
	for err == nil && r.take(sign) {
		var next Mask
		if next, err = operand(depth); err == nil {
			m = combine(m, next)
		}
	}
	return m, err
}

func (r *reader) item(depth int) (Mask, error) {
	if r.take("(") {
		if depth == maxDepth {
			return nil, fmt.Errorf("more than %d parentheses deep", maxDepth)
		}
		m, err := r.sum(depth + 1)
		if err == nil && !r.take(")") {
			err = fmt.Errorf("a closing parenthesis is missing")
		}
		return m, err
	}
	if r.items++; r.items > maxItems {
		return nil, fmt.Errorf("more than %d masks combined", maxItems)
	}
	for _, name := range []string{"predicate", "keep", "selection"} {
		if strings.HasPrefix(r.rest, name+"[") {
			return nil, fmt.Errorf("a %s is made in code and cannot be read: %s names it", name, strconv.Quote(r.rest))
		}
	}
	end := strings.IndexAny(r.rest, "+@()")
	if end < 0 {
		end = len(r.rest)
	}
	text := r.rest[:end]
	r.rest = r.rest[end:]
	name, numbers, colon := strings.Cut(text, ":")
	for _, item := range patterns {
		known, _, _ := strings.Cut(item.text, ":")
		if known != name {
			continue
		}
		x, err := parseInts(numbers)
		if err != nil || colon != (len(x) > 0) || len(x) < item.numbers || len(x) > item.numbers && !strings.HasSuffix(item.text, "...") {
			return nil, fmt.Errorf("%q: want %s", text, item.text)
		}
		m := item.build(x)
		return m, validate(m)
	}
	return nil, fmt.Errorf("%q is none of %s", text, strings.Join(Texts(), ", "))
}

// parseInts reads numbers between colons; nothing is none.
func parseInts(s string) ([]int, error) {
	if s == "" {
		return nil, nil
	}
	var list []int
	for text := range strings.SplitSeq(s, ":") {
		x, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return nil, err
		}
		list = append(list, int(x))
	}
	return list, nil
}
