// Package par runs the parts of one Forward on several goroutines: a
// process-wide pool, and the Parts that every plan embeds. In the steady state
// nothing here allocates.
package par

import (
	"sync"
	"sync/atomic"

	"attnbench/attn"
)

// Shared returns the process-wide pool. Its goroutines start when first needed,
// as many as the largest Run asked for, and wait for work ever after.
func Shared() attn.Pool { return &shared }

var shared = pool{jobs: make(chan *job, 1024)}

type pool struct {
	jobs    chan *job
	mu      sync.Mutex
	helpers int
	free    freeList[job]
}

// job is one Run. Parts are taken from an atomic counter, so that a core that is
// busy with something else costs its share and no more. The job returns to the
// free list when the caller and every helper that was sent for have let go of
// it: a helper may arrive after the work is done.
type job struct {
	task   attn.Task
	n      int64
	next   atomic.Int64 // first part not taken
	left   atomic.Int64 // parts not finished
	joined atomic.Int64 // goroutines that took a worker number
	refs   atomic.Int64
	done   chan struct{}
	failed atomic.Pointer[failure]
}

type failure struct{ value any }

// Run implements [attn.Pool]. The caller works too. A panic of a part is
// re-raised in the caller after all other parts have run.
func (p *pool) Run(t attn.Task, n, workers int) {
	workers = min(workers, n)
	if workers <= 1 {
		for i := range n {
			t.Part(0, i)
		}
		return
	}
	p.ensure(workers - 1)
	j := p.free.get()
	if j.done == nil {
		j.done = make(chan struct{}, 1)
	}
	j.task, j.n = t, int64(n)
	j.next.Store(0)
	j.left.Store(int64(n))
	j.joined.Store(0)
	j.failed.Store(nil)
	j.refs.Store(int64(workers))
	for range workers - 1 {
		select {
		case p.jobs <- j:
		default: // the queue is full of work for others; the caller does this alone
			j.refs.Add(-1)
		}
	}
	j.work()
	<-j.done
	failed := j.failed.Load()
	p.release(j)
	if failed != nil {
		panic(failed.value)
	}
}

// ensure starts helpers until there are want of them.
func (p *pool) ensure(want int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; p.helpers < want; p.helpers++ {
		go func() {
			for j := range p.jobs {
				j.work()
				p.release(j)
			}
		}()
	}
}

func (p *pool) release(j *job) {
	if j.refs.Add(-1) == 0 {
		j.task = nil
		p.free.put(j)
	}
}

func (j *job) work() {
	worker := int(j.joined.Add(1) - 1)
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		j.part(worker, int(i))
		if j.left.Add(-1) == 0 {
			j.done <- struct{}{}
		}
	}
}

func (j *job) part(worker, i int) {
	defer func() {
		if r := recover(); r != nil {
			j.failed.CompareAndSwap(nil, &failure{r})
		}
	}()
	j.task.Part(worker, i)
}
