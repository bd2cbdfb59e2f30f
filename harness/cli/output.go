package cli

import (
	"cmp"
	"io"
	"strconv"
	"strings"
	"sync"
)

// output keeps the first error of a writer and takes the rest without writing: a closed
// pipe or a full disk behind standard output ends neither sweep nor report, and the
// command tells it at its end.
type output struct {
	mu  sync.Mutex
	to  io.Writer
	err error
}

// Write implements io.Writer. It never fails.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		_, o.err = o.to.Write(b)
	}
	return len(b), nil
}

// failure is the first error, or nil.
func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Bounds of a message and of what it quotes, in characters.
const (
	maxMessage = 600
	maxQuoted  = 80
)

// oneLine folds a message that came with line breaks, shortens the arguments that it
// quotes, and cuts the middle of what is still long: an error names its flag at the
// beginning and says at the end what that takes.
func oneLine(message string, args []string) string {
	for _, arg := range args {
		_, value, _ := strings.Cut(arg, "=")
		message = quoteShort(quoteShort(message, arg), value)
		for _, item := range strings.FieldsFunc(cmp.Or(value, arg), func(r rune) bool { return strings.ContainsRune(",+@;", r) }) {
			message = quoteShort(message, item)
		}
	}
	return shortened(strings.Join(strings.Fields(strings.ToValidUTF8(message, "?")), " "), maxMessage)
}

// quoteShort shortens what a message quotes of a long text, as it is or with escapes.
func quoteShort(message, typed string) string {
	if len(typed) <= maxQuoted {
		return message
	}
	escaped := strconv.Quote(typed)
	message = strings.ReplaceAll(message, typed, shortened(typed, maxQuoted))
	return strings.ReplaceAll(message, escaped, strconv.Quote(shortened(typed, maxQuoted)))
}

// shortened keeps the first and the last half of the characters that a text may have.
func shortened(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit/2]) + "…" + string(r[len(r)-limit/2:])
}
