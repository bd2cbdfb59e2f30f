package pool

import (
	"sync"
	"sync/atomic"
	"testing"
)

// count is a task that notes which parts ran, and whether two parts had one
// worker at the same time.
type count struct {
	ran    []atomic.Int32
	busy   []atomic.Int32
	shared atomic.Bool
}

func (c *count) Part(worker, i int) {
	if c.busy[worker].Add(1) != 1 {
		c.shared.Store(true)
	}
	c.ran[i].Add(1)
	c.busy[worker].Add(-1)
}

func newCount(n, workers int) *count {
	return &count{ran: make([]atomic.Int32, n), busy: make([]atomic.Int32, workers)}
}

func (c *count) check(t *testing.T) {
	t.Helper()
	for i := range c.ran {
		if n := c.ran[i].Load(); n != 1 {
			t.Errorf("part %d ran %d times", i, n)
		}
	}
	if c.shared.Load() {
		t.Error("two parts shared a worker at the same time")
	}
}

func TestRunCallsEveryPartOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 100} {
		for _, workers := range []int{1, 2, 3, 8} {
			c := newCount(n, workers)
			Shared().Run(c, n, workers)
			c.check(t)
		}
	}
}

func TestRunFromManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				c := newCount(20, 4)
				Shared().Run(c, 20, 4)
				c.check(t)
			}
		})
	}
	wg.Wait()
}

type nested struct{ inner [8]*count }

func (n *nested) Part(_, i int) { Shared().Run(n.inner[i], 10, 3) }

func TestRunInsideRunDoesNotDeadlock(t *testing.T) {
	var n nested
	for i := range n.inner {
		n.inner[i] = newCount(10, 3)
	}
	Shared().Run(&n, len(n.inner), 4)
	for _, c := range n.inner {
		c.check(t)
	}
}

type bad struct{ ran atomic.Int32 }

func (b *bad) Part(_, i int) {
	b.ran.Add(1)
	if i == 3 {
		panic("part 3")
	}
}

func TestPanicOfAPartReachesTheCaller(t *testing.T) {
	b := &bad{}
	defer func() {
		if r := recover(); r != "part 3" {
			t.Errorf("recovered %v", r)
		}
		if n := b.ran.Load(); n != 10 {
			t.Errorf("%d of 10 parts ran", n)
		}
	}()
	Shared().Run(b, 10, 4)
}

type nothing struct{}

func (nothing) Part(int, int) {}

// With one processor the helpers wake after the work is done; their wake-ups
// must not hold on to the job.
func TestRunDoesNotAllocateWhereHelpersComeTooLate(t *testing.T) {
	var task nothing
	Shared().Run(task, 8, 4)
	if n := testing.AllocsPerRun(200, func() { Shared().Run(task, 8, 4) }); n != 0 {
		t.Errorf("%v allocations per Run", n)
	}
}
