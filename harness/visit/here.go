package visit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attnbench/harness/result"
)

// ErrHung is the error of a visit that can be neither ended nor waited for.
var ErrHung = errors.New("a visit hung, and in one process nothing can stop it")

// Here makes each visit in this process. Its peak memory is unknown there, a crash is the
// end of the sweep, a hang too, and what one visit leaves behind the next one finds.
type Here struct{ Env Env }

// Visit implements [Executor]. A panic of the harness itself is one of the caller.
func (h Here) Visit(ctx context.Context, r Request) ([]result.Visit, error) {
	begin, inner := time.Now(), ctx
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	over := make(chan struct{})
	stop := context.AfterFunc(inner, func() {
		time.AfterFunc(hangPatience(r), func() { close(over) })
	})
	defer stop()
	ours, theirs := newWires(over)
	p := &parent{wire: ours, request: r}
	var failed error
	ended := Go(func() {
		defer theirs.close()
		failed = h.Env.run(inner, theirs)
	})
	err := p.hold()
	ours.close()
	hung := false
	select {
	case crash := <-ended:
		crash.Again()
		if err != nil && failed != nil {
			err = failed
		}
	case <-over:
		hung = true
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case hung:
		p.lost(fmt.Sprintf("hung for %v: in one process nothing can stop it", short(time.Since(begin))))
	case inner.Err() != nil && err != nil:
		p.lost(fmt.Sprintf("the visit took longer than %v", r.Timeout))
	case err != nil:
		p.lost(err.Error())
	}
	for i := range p.visits {
		p.visits[i].Seconds = time.Since(begin).Seconds() / float64(len(p.visits))
	}
	if hung {
		return p.visits, ErrHung
	}
	return p.visits, nil
}

// hangPatience is how long after its time a visit in this process may end by itself: between
// two calls it looks at the time.
func hangPatience(r Request) time.Duration { return max(r.Timeout, time.Second) }
