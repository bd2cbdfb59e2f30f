package visit

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/visit/process"
)

// endPatience is the time that a child has to end when it is told to.
const endPatience = 2 * time.Second

// Child makes each visit in a process of its own, which Program runs with Args and which
// calls [Serve].
type Child struct {
	Program process.Program
	Args    []string
}

// Visit implements [Executor].
func (c Child) Visit(ctx context.Context, r Request) ([]result.Visit, error) {
	begin := time.Now()
	p := &parent{request: r}
	child, err := process.Start(c.Program, c.Args...)
	if err != nil {
		p.lost(err.Error())
		return p.visits, context.Cause(ctx)
	}
	p.wire = wire{child.Lines, child.Send, nil}
	stop := context.AfterFunc(ctx, child.Kill)
	defer stop()
	var late atomic.Bool
	if r.Timeout > 0 {
		timer := time.AfterFunc(r.Timeout, func() { late.Store(true); child.Kill() })
		defer timer.Stop()
	}
	err = p.hold()
	patience := endPatience
	if err != nil && !errors.Is(err, errGone) {
		patience = 0
	}
	how := child.End(patience)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		p.lost(ending(err, how, late.Load(), r.Timeout))
	}
	for i := range p.visits {
		p.visits[i].Isolated = true
		p.visits[i].Seconds = time.Since(begin).Seconds() / float64(len(p.visits))
	}
	return p.visits, nil
}

// ending says in one line why a process left its visit.
func ending(err error, how string, late bool, timeout time.Duration) string {
	switch {
	case late:
		return fmt.Sprintf("the visit took longer than %v, and its process was ended", timeout)
	case !errors.Is(err, errGone):
		return "the process of the visit: " + err.Error()
	case how == "":
		return "the process of the visit ended before its time"
	}
	return "the process of the visit: " + how
}

// Here makes each visit in this process. Its peak memory is unknown there, a crash is the
// end of the sweep, and what one visit leaves behind the next one finds.
type Here struct{ Env Env }

// Visit implements [Executor].
func (h Here) Visit(ctx context.Context, r Request) ([]result.Visit, error) {
	begin, inner := time.Now(), ctx
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	ours, theirs := newWires()
	p := &parent{wire: ours, request: r}
	ended := make(chan error, 1)
	go func() {
		err := h.Env.run(inner, theirs, false)
		theirs.close()
		ended <- err
	}()
	err := p.hold()
	ours.close()
	if failed := <-ended; err != nil && failed != nil {
		err = failed
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case inner.Err() != nil && err != nil:
		p.lost(fmt.Sprintf("the visit took longer than %v", r.Timeout))
	case err != nil:
		p.lost(err.Error())
	}
	for i := range p.visits {
		p.visits[i].Seconds = time.Since(begin).Seconds() / float64(len(p.visits))
	}
	return p.visits, nil
}
