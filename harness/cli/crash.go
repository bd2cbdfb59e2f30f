package cli

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// guarded runs f; a panic becomes an error with status 3.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = statusError{exitCrashed, crashed(r)}
		}
	}()
	return f()
}

// crashed tells a panic in one line, with the place in the code where it began. It must
// be called by the function that recovers.
func crashed(r any) string {
	message := fmt.Sprintf("crashed, which is a fault of this command: %v", r)
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking = panicking || f.Function == "runtime.gopanic"; panicking && !inRuntime {
			return fmt.Sprintf("%s (in %s, %s:%d)", message, filepath.Base(f.Function), filepath.Base(f.File), f.Line)
		}
	}
	return message
}
