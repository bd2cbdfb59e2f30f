package visit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

const (
	// minSample and minSteps steps of the clock are the minimum length of a sample. In a
	// shorter one the clock's cost and resolution would show, so that a sample averages
	// several calls.
	minSample = 200 * time.Microsecond
	minSteps  = 1000

	// firstTime and maxFirst bound the calls before the samples: the first short ones are
	// slower, until each worker has its share of the data in its caches.
	firstTime = 2 * time.Millisecond
	minFirst  = 3
	maxFirst  = 40

	// minStretch is how long the calls in a row take that the parent times too: long for its
	// clock, and short beside the time slices of a busy machine, which fall between short
	// samples and into long stretches.
	minStretch = 4 * time.Millisecond
	maxStretch = 1 << 14 // calls
	// Where a neighbour disturbs them, they are made again after a pause.
	maxStretches = 16
	stretchPause = 10 * time.Millisecond

	// lateSamples are looked at a little later too.
	lateSamples = 2

	// readerPasses is how often the bandwidth is measured between the samples.
	readerPasses = 7

	// Samples begin again where they are this much faster than the calls before them.
	muchFaster = 4
	maxAgain   = 2

	// A call slept where no thread had anything to do in half of it.
	minSlept   = 20 * time.Millisecond
	sleptShare = 0.5
)

// sampler takes the samples of one point.
type sampler struct {
	w      workload.Workload
	child  *child
	clock  *clock
	s      Samples
	rng    *rand.Rand      // seeded by the nonce
	reader *machine.Reader // between the samples; nil: none
	step   time.Duration   // the smallest step of the clock
	warm   time.Duration   // of a call, or of a part of one, before all others

	taken     []int64 // ns per call
	repeats   int
	stretched bool  // the parent has timed samples, each in a row
	objects   int64 // heap objects per call
	cpu       time.Duration
	slept     call // the call before the samples that slept longest
}

// call is a call in which no thread had anything to do for some time.
type call struct{ took, idle time.Duration }

// sample takes all samples. What it finds wrong is its error.
func (s *sampler) sample(ctx context.Context) error {
	for again := 0; ; again++ {
		once, err := s.first(ctx)
		if err != nil {
			return err
		}
		if len(s.taken) > 0 {
			break
		}
		runtime.GC()
		fastest, err := s.take(ctx, once)
		if err != nil {
			return err
		}
		long := s.w.Cost().Single || fastest*time.Duration(s.repeats) >= s.shortest()
		if fastest*muchFaster >= once && long || again == maxAgain {
			break
		}
		s.stretched = false
	}
	if err := s.stretches(ctx); err != nil {
		return err
	}
	return s.judge(ctx)
}

// shortest is the minimum length of a sample.
func (s *sampler) shortest() time.Duration { return max(minSample, minSteps*s.step) }

// calls is how many calls of that length make a sample, with some room for faster ones.
func (s *sampler) calls(once time.Duration) int {
	if s.w.Cost().Single {
		return 1
	}
	return max(1, int((s.shortest()*11/10+once-1)/once))
}

// first makes a few calls and returns the time of the fastest. A call that takes all of the
// time of the samples is the only sample: it needs none before it.
func (s *sampler) first(ctx context.Context) (once time.Duration, err error) {
	n, long := 0, s.s.Min == 1 && s.warm >= minStretch
	s.taken, s.clock.objects = nil, 0
	if long {
		runtime.GC()
		s.clock.cpu, s.clock.late = 0, nil
		s.child.ticks()
	}
	for begin := time.Now(); n < minFirst || n < maxFirst && time.Since(begin) < firstTime; n++ {
		s.clock.counting, s.clock.idle = true, 0
		t, err := s.call(ctx, 1, long && n == 0, n < minFirst)
		s.clock.counting = false
		if err != nil {
			return 0, err
		}
		if long && n == 0 && t >= s.s.Time {
			s.taken, s.repeats, s.stretched = []int64{int64(t)}, 1, true
			s.cpu, s.objects = s.clock.cpu, s.clock.objects
			s.child.ticks()
			return t, s.child.err
		}
		if idle := s.clock.idle; t >= minSlept && float64(idle) > sleptShare*float64(t) && idle > s.slept.idle {
			s.slept = call{t, idle}
		}
		if n == 0 || t < once {
			once = t
		}
		if t >= s.s.Time/50 {
			n++
			break
		}
	}
	s.objects = s.clock.objects / int64(n)
	if once < minStretch {
		t, err := s.led(ctx, 1, false)
		if err != nil {
			return 0, err
		}
		once = min(once, t)
	}
	return max(once, 1), nil
}

// take takes the samples and returns the fastest call. Where samples turn out to be fast,
// it takes more of them.
func (s *sampler) take(ctx context.Context, once time.Duration) (fastest time.Duration, err error) {
	fastest, s.repeats = once, s.calls(once)
	s.taken, s.clock.cpu, s.clock.late = nil, 0, nil
	count := func() int { return s.s.Count(fastest * time.Duration(s.repeats)) }
	watched := map[int]bool{}
	for n := count(); len(watched) < min(n, lateSamples); {
		watched[s.rng.IntN(n)] = true
	}
	s.child.ticks()
	for n := count(); len(s.taken) < n; n = count() {
		if len(s.taken)%max(1, n/readerPasses) == 0 {
			if err := s.read(ctx); err != nil {
				return 0, err
			}
		}
		long, look := fastest*time.Duration(s.repeats) >= minStretch, watched[len(s.taken)]
		var t time.Duration
		if long {
			t, err = s.call(ctx, s.repeats, true, look)
		} else {
			t, err = s.led(ctx, s.repeats, look)
		}
		if err != nil {
			return 0, err
		}
		s.taken = append(s.taken, int64(t))
		s.stretched = s.stretched || long
		fastest = max(1, min(fastest, t))
	}
	s.cpu = s.clock.cpu
	s.child.ticks()
	return fastest, s.child.err
}

// read lets the reader read, and makes a call that is no sample: the reading drove what the
// calls read out of the caches.
func (s *sampler) read(ctx context.Context) error {
	if s.reader == nil {
		return nil
	}
	defer func(cpu time.Duration) { s.clock.cpu = cpu }(s.clock.cpu)
	s.reader.Pass()
	_, err := s.call(ctx, 1, false, false)
	return err
}

// call is a sample of n calls: told are its starts and stops to the parent where told is
// set, and where watched is set the CPU time is looked at a little later.
func (s *sampler) call(ctx context.Context, n int, told, watched bool) (t time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.clock.ticking = told
	s.clock.watch(watched)
	t, err = s.w.Sample(ctx, n)
	s.clock.watch(false)
	s.clock.ticking = false
	if err == nil && told {
		err = errors.Join(s.child.err, s.child.send(said{Calls: n}))
	}
	return t, err
}

// led is a sample of n calls behind others that wake the workers.
func (s *sampler) led(ctx context.Context, n int, watched bool) (t time.Duration, err error) {
	s.clock.leading = true
	defer func() { s.clock.leading = false }()
	return s.call(ctx, n, false, watched)
}

// stretches makes calls in a row that the parent times too, where no sample was long enough
// for that; where a neighbour disturbs them, several times.
func (s *sampler) stretches(ctx context.Context) error {
	if s.stretched {
		return nil
	}
	per := max(1, time.Duration(result.Median(s.taken)))
	n := 1
	if !s.w.Cost().Single {
		n = max(1, min(maxStretch, int(minStretch/per)))
	}
	for try := range maxStretches {
		if try > 0 {
			time.Sleep(stretchPause)
		}
		s.clock.outer = 0
		if _, err := s.call(ctx, n, true, true); err != nil {
			return err
		}
		if s.clock.outer <= time.Duration(n)*per*3/2 || s.clock.outer < minStretch/2 {
			break
		}
	}
	s.child.ticks()
	return s.child.err
}

// judge says what in the readings is no measure of the work.
func (s *sampler) judge(ctx context.Context) error {
	late, err := s.late(ctx)
	if err != nil {
		return err
	}
	if late > lateSlack {
		return fmt.Errorf("%v of CPU time went by right after a call had returned: a call must wait for all of its work, in other goroutines and threads too, and let spinning threads sleep",
			short(late))
	}
	if m := time.Duration(result.Median(s.taken)); s.slept.took > muchFaster*m {
		return fmt.Errorf("a call before the samples slept %v of its %v, and the samples take %v: a call must work whenever it is called",
			short(s.slept.idle), short(s.slept.took), short(m))
	}
	return nil
}

// late is the CPU time that went by after a call: of the median look, after many where a few
// are suspicious; where calls are too long for many, of the smallest.
func (s *sampler) late(ctx context.Context) (time.Duration, error) {
	for begin := time.Now(); s.clock.lateWork() > lateSlack && len(s.clock.late) < sureLooks; {
		if time.Since(begin) > s.s.Time/4 {
			return slices.Min(s.clock.late), nil
		}
		if _, err := s.call(ctx, s.repeats, false, true); err != nil {
			return 0, err
		}
	}
	return s.clock.lateWork(), nil
}
