package visit

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"attnbench/harness/machine"
)

const (
	// latePatience is how long after a call CPU time is looked at again. lateSlack is what
	// may have gone by: an honest process uses some 0.1 ms while its threads go to sleep. On
	// a busy virtual machine one look in seven sees more, for there the time that the host
	// takes away counts too; so a point is refused by the median of sureLooks.
	latePatience = 2 * time.Millisecond
	lateSlack    = 500 * time.Microsecond
	sureLooks    = 21

	// Where an output is wrong, a few more calls tell whether they return early.
	earlyLooks    = 5
	earlyPatience = 10 * time.Millisecond
	maxLateLooks  = 4 // in one sample, which may be many calls
)

// clock times the calls of a workload. It implements [workload.Clock]. What it reads beside
// the time, it reads before the clock starts and after it has stopped.
type clock struct {
	child *child
	begin time.Time

	ticking  bool // tell the parent of starts and stops
	watching bool // look at the CPU time a little later
	counting bool // count heap objects, and the time in which no thread had anything to do
	leading  bool // make calls before the time begins

	ticked   time.Time
	outer    time.Duration // between the ticks around calls
	cpu      time.Duration // that calls used
	late     []time.Duration
	patience time.Duration // 0: latePatience
	looks    int           // of this sample
	objects  int64
	idle     time.Duration // that calls slept
	slept    bool          // idle is known

	cpu0, ready0 time.Duration
	objects0     int64
}

// leadTime is how long calls are made before a short sample. After what a visit does between
// samples, which keeps one CPU busy or none, the others sleep, and it takes a virtual machine
// some 0.2 ms to wake one: of flash at 256 tokens on 2 workers that made 520 µs of 290.
const leadTime = 2 * time.Millisecond

// Start implements [workload.Clock].
func (c *clock) Start(lead func()) {
	if c.counting {
		c.ready0, c.slept = machine.ReadyTime()
		c.objects0 = mallocs()
	}
	if c.ticking {
		c.child.tick(false)
		c.ticked = time.Now()
	}
	if c.leading && lead != nil {
		for begin := time.Now(); time.Since(begin) < leadTime; {
			lead()
		}
	}
	c.cpu0, _ = machine.CPUTime()
	c.begin = time.Now()
}

// Stop implements [workload.Clock].
func (c *clock) Stop() time.Duration {
	t := time.Since(c.begin)
	cpu, known := machine.CPUTime()
	if c.counting {
		c.objects += mallocs() - c.objects0
		if now, ok := machine.ReadyTime(); ok && c.slept {
			c.idle += max(0, t-(now-c.ready0))
		}
	}
	c.cpu += cpu - c.cpu0
	if c.ticking {
		c.outer += time.Since(c.ticked)
		c.child.tick(true)
	}
	if c.watching && known && c.looks < maxLateLooks {
		c.looks++
		time.Sleep(cmp.Or(c.patience, latePatience))
		later, _ := machine.CPUTime()
		c.late = append(c.late, later-cpu)
	}
	return t
}

// watch looks at the CPU time after each of the next calls, up to a few.
func (c *clock) watch(on bool) { c.watching, c.looks = on, 0 }

// early says in words, for an output that is wrong, that its call had not ended its work;
// empty where it had.
func (c *clock) early() string {
	if c.lateWork() <= lateSlack {
		return ""
	}
	return fmt.Sprintf("%v of CPU time went by right after a call had returned: a call must wait for all of its work; ", short(c.lateWork()))
}

// lateWork is the CPU time that went by after a call, of the median look; 0 without looks.
func (c *clock) lateWork() time.Duration {
	if len(c.late) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(c.late))[len(c.late)/2]
}

func mallocs() int64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.Mallocs)
}
