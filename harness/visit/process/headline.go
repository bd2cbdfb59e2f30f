package process

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode"
)

// maxHeadline bounds what is kept of a line of standard error, in bytes.
const maxHeadline = 300

// headline is the line of a child's standard error that says what went wrong: the first that
// begins as the Go runtime begins when it ends a process, or the first of all.
type headline struct {
	mu           sync.Mutex
	crash, other string
}

// readAll reads r to its end, and goes on reading when it has a headline, so that the child
// never waits.
func (h *headline) readAll(r io.Reader) {
	lines := bufio.NewReaderSize(r, 4<<10)
	whole := true // whether what comes is the beginning of a line
	for {
		part, err := lines.ReadSlice('\n')
		if whole {
			h.take(part)
		}
		whole = err == nil
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

func (h *headline) take(line []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.crash == "" && (bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: "))):
		h.crash = printable(line)
	case h.other == "":
		h.other = printable(line)
	}
}

func (h *headline) first() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.crash != "" {
		return h.crash
	}
	return h.other
}

// printable is a line for a message: bounded, and without what a terminal would obey.
func printable(line []byte) string {
	cut := ""
	if len(line) > maxHeadline {
		line, cut = line[:maxHeadline], " ..."
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, string(line))) + cut
}
