package cli

import (
	"errors"
	"fmt"
	"sync"

	"attnbench/harness/result"
)

// recorder hands finished points to the journal and the terminal until it is closed.
type recorder struct {
	mu       sync.Mutex
	journal  *result.Journal // nil: nothing is kept
	progress *progress
	closed   bool
	count    int
	good     int
	bad      int
}

var errClosed = errors.New("the sweep was interrupted")

func (r *recorder) record(p result.Point) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errClosed
	}
	if r.journal != nil {
		if err := r.journal.Append(p); err != nil {
			return err
		}
	}
	r.count++
	if p.Status == result.StatusOK {
		r.good++
	}
	if p.Status == result.StatusDisagree || p.Status == result.StatusFailed {
		r.bad++
	}
	r.progress.point(p)
	return nil
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// verdict is an error where a point went wrong, or where none is done, in the word that
// tells it: timed, checked.
func (r *recorder) verdict(done string) error {
	switch {
	case r.bad > 0:
		return statusError{exitDisagree, fmt.Sprintf("%d of %d points disagreed or failed", r.bad, r.count)}
	case r.good == 0:
		return statusError{exitDisagree, fmt.Sprintf("nothing was %s: %s unsupported or skipped", done, count(r.count, "point"))}
	}
	return nil
}
