package kernel

import (
	"errors"
	"fmt"
)

// Names lists the sets that this machine can run, best first.
func Names() []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return names
}

// Find returns the set called name, or the best one where name is empty. A set
// that this machine or binary lacks is an error that wraps errors.ErrUnsupported.
func Find(name string) (*Set, error) {
	for _, s := range sets {
		if name == "" || s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("kernel set %q: this machine runs %v: %w", name, Names(), errors.ErrUnsupported)
}
