package cli

import (
	"fmt"

	"attnbench/harness/visit"
)

// guarded runs f; a panic becomes an error with status 3.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = statusError{exitCrashed, fmt.Sprintf("crashed, which is a fault of this command: %v", visit.Caught(r))}
		}
	}()
	return f()
}
