package visit

import (
	"testing"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/workload"
)

// A sample lasts 200 µs and 1000 steps of the clock at least.
func TestASampleIsLongForItsClock(t *testing.T) {
	for _, c := range []struct {
		step, call, want time.Duration
		single           bool
	}{
		{20 * time.Nanosecond, 3 * time.Microsecond, 200 * time.Microsecond, false},
		{15 * time.Microsecond, 3 * time.Microsecond, 15 * time.Millisecond, false},
		{15 * time.Microsecond, time.Second, time.Second, false},
		{15 * time.Microsecond, 3 * time.Microsecond, 3 * time.Microsecond, true}, // a step of a decoder has percentiles
	} {
		s := sampler{w: &fake{behaviour: behaviour{single: c.single}, Setup: workload.Setup{Points: asked("short", 1).Points}}, step: c.step}
		if took := time.Duration(s.calls(c.call)) * c.call; took < c.want || took > c.want*5/4 {
			t.Errorf("%+v: a sample of %v", c, took)
		}
	}
}

// The calls that wake the workers come before the time, and those of a long sample, which the
// parent times too, and of the check do not have any.
func TestShortSamplesBeginWithWorkersAwake(t *testing.T) {
	var led time.Time
	c := &clock{leading: true}
	c.Start(func() { time.Sleep(time.Millisecond); led = time.Now() })
	if c.Stop(); led.IsZero() || c.begin.Before(led) {
		t.Errorf("the time began at %v, the last call before it ended at %v", c.begin, led)
	}
	c = &clock{}
	c.Start(func() { t.Error("a call before one that is no sample") })
	c.Stop()

	for call, want := range map[time.Duration]bool{50 * time.Microsecond: true, 2 * minStretch: false} {
		calls := 0
		behaviours["led"] = behaviour{lead: func() { calls++ }, call: func(*fake) { work(call) }}
		v := visited(t, Here{env()}, asked("led", 1))[0]
		if v.MedianNS == 0 || (calls > 0) != want {
			t.Errorf("%d calls before samples of %v: %s", calls, call, v.Message)
		}
	}
	delete(behaviours, "led")
}

// A call that takes all of the time is a sample at once: one more before it would double the
// time of a visit. Calls after it, as those that look at the CPU time, are no samples.
func TestALongCallNeedsNoCallBeforeIt(t *testing.T) {
	r := asked("three long", 1)
	r.Samples = Samples{Min: 1, Want: 1, Max: 3, Time: 20 * time.Millisecond}
	var v result.Visit
	for range 20 { // a busy machine may look as if work went on after a call
		if v = visited(t, inChild(), r)[0]; v.Status == result.StatusOK {
			break
		}
	}
	if v.Status != result.StatusOK || len(v.SamplesNS) != 1 || v.SamplesNS[0] < int64(20*time.Millisecond) {
		t.Errorf("%s %q, samples %v: want that of the call after the check", v.Status, v.Message, v.SamplesNS)
	}
}
