package visit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/visit/process"
)

// causePatience is the time in which what ended a child may reach this process too: the end
// of a job or of the system is told to all processes, in any order.
const causePatience = 200 * time.Millisecond

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
	p.wire = wire{lines: child.Lines, write: child.Send}
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
	if err != nil && strings.HasPrefix(how, "ended by ") {
		select {
		case <-ctx.Done():
		case <-time.After(causePatience):
		}
	}
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
