package cli

import (
	"fmt"

	"attnbench/harness/result"
)

// recorder hands finished points to the journal and the terminal.
type recorder struct {
	journal  *result.Journal // nil: nothing is kept
	progress *progress
	status   map[string]result.Status // of the points, by key
}

func (r *recorder) record(p result.Point) error {
	if r.journal != nil {
		if err := r.journal.Append(p); err != nil {
			return err
		}
	}
	r.count(p)
	r.progress.point(p)
	return nil
}

// count takes in the outcome of a point, also of one that was recorded earlier.
func (r *recorder) count(p result.Point) {
	if r.status == nil {
		r.status = map[string]result.Status{}
	}
	r.status[p.Key] = p.Status
}

// verdict is an error where a point went wrong, or where none is done, in the word that
// tells it: timed, checked.
func (r *recorder) verdict(done string) error {
	good, bad := 0, 0
	for _, status := range r.status {
		switch status {
		case result.StatusOK:
			good++
		case result.StatusDisagree, result.StatusFailed:
			bad++
		}
	}
	switch {
	case bad > 0:
		return statusError{exitDisagree, fmt.Sprintf("%d of %d points disagreed or failed", bad, len(r.status))}
	case good == 0:
		return statusError{exitDisagree, fmt.Sprintf("nothing was %s: %s unsupported or skipped", done, count(len(r.status), "point"))}
	}
	return nil
}
