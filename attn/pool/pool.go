package pool

import (
	"slices"
	"sync"
	"sync/atomic"

	"attnbench/attn"
)

// Shared returns the process-wide pool. Its goroutines start when a Run first needs them
// and then wait for work.
func Shared() attn.Pool { return &shared }

// Of returns the pool of o, or the shared one.
func Of(o attn.Options) attn.Pool {
	if o.Pool != nil {
		return o.Pool
	}
	return Shared()
}

var shared = pool{wake: make(chan struct{}, 1024)}

// pool keeps a list of running jobs. A helper that wakes joins a job with parts and room
// left, or goes back to sleep, so that a late wake-up costs nothing.
type pool struct {
	wake    chan struct{}
	mu      sync.Mutex
	active  []*job
	helpers int
	free    FreeList[job]
}

// job is one Run. Workers take parts from an atomic counter, so that a core that is busy
// with something else costs its share and no more.
type job struct {
	task    attn.Task
	n       int64
	workers int
	joined  int          // goroutines that took a worker number; guarded by pool.mu
	next    atomic.Int64 // first part not taken
	left    atomic.Int64 // parts not finished
	refs    atomic.Int64 // goroutines that may still look at the job
	done    chan struct{}
	failed  atomic.Pointer[failure]
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
	j := p.free.Get()
	if j.done == nil {
		j.done = make(chan struct{}, 1)
	}
	j.task, j.n, j.workers, j.joined = t, int64(n), workers, 1
	j.next.Store(0)
	j.left.Store(int64(n))
	j.refs.Store(1)
	j.failed.Store(nil)
	p.begin(j)
	j.work(0)
	<-j.done
	failed := j.failed.Load()
	p.end(j)
	if failed != nil {
		panic(failed.value)
	}
}

// begin lists the job and wakes as many helpers as it has room for, starting
// those that do not exist yet.
func (p *pool) begin(j *job) {
	p.mu.Lock()
	p.active = append(p.active, j)
	for ; p.helpers < j.workers-1; p.helpers++ {
		go p.help()
	}
	p.mu.Unlock()
	for range j.workers - 1 {
		select {
		case p.wake <- struct{}{}:
		default: // more wake-ups wait than there are helpers to take them
		}
	}
}

// end takes the job off the list, after which nobody can join it any more.
func (p *pool) end(j *job) {
	p.mu.Lock()
	p.active = slices.DeleteFunc(p.active, func(x *job) bool { return x == j })
	p.mu.Unlock()
	p.release(j)
}

func (p *pool) help() {
	for range p.wake {
		for {
			j, worker := p.join()
			if j == nil {
				break
			}
			j.work(worker)
			p.release(j)
		}
	}
}

// join takes a worker number of the oldest job with parts and room left.
func (p *pool) join() (j *job, worker int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.active {
		if j.joined < j.workers && j.next.Load() < j.n {
			j.joined++
			j.refs.Add(1)
			return j, j.joined - 1
		}
	}
	return nil, 0
}

func (p *pool) release(j *job) {
	if j.refs.Add(-1) == 0 {
		j.task = nil
		p.free.Put(j)
	}
}

func (j *job) work(worker int) {
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
