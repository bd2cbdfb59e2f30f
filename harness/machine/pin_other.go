//go:build !linux

package machine

import (
	"fmt"
	"runtime"
)

// Pinnable fails: only on Linux are threads bound to CPUs.
func Pinnable() ([]int, error) {
	return nil, fmt.Errorf("threads are bound to CPUs on Linux alone, not on %s", runtime.GOOS)
}

// Pin fails, but without CPUs does nothing.
func Pin(cpus []int) (undo func(), err error) {
	if len(cpus) == 0 {
		return func() {}, nil
	}
	_, err = Pinnable()
	return nil, err
}
