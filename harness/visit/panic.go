package visit

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Panic is a panic with the place in the code where it began, which is lost where another
// goroutine goes on with it.
type Panic struct {
	Value any
	Place string // function and line; empty: unknown
}

// String tells a panic in one line.
func (p *Panic) String() string {
	if p.Place == "" {
		return fmt.Sprint(p.Value)
	}
	return fmt.Sprintf("%v (in %s)", p.Value, p.Place)
}

// Again goes on with the panic; of nil there is none.
func (p *Panic) Again() {
	if p != nil {
		panic(p)
	}
}

// Caught is what the calling function, which must be deferred, has recovered.
func Caught(recovered any) *Panic {
	if p, ok := recovered.(*Panic); ok {
		return p
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking = panicking || f.Function == "runtime.gopanic"; panicking && !inRuntime {
			return &Panic{recovered, fmt.Sprintf("%s, %s:%d", filepath.Base(f.Function), filepath.Base(f.File), f.Line)}
		}
	}
	return &Panic{Value: recovered}
}

// Go runs f in a goroutine of its own. The channel closes when f has ended, and before that
// it has the panic that ended f: nobody else could recover it.
func Go(f func()) <-chan *Panic {
	ended := make(chan *Panic, 1)
	go func() {
		defer close(ended)
		defer func() {
			if r := recover(); r != nil {
				ended <- Caught(r)
			}
		}()
		f()
	}()
	return ended
}
