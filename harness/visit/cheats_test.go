package visit

import (
	"strings"
	"testing"
	"time"

	"attnbench/harness/check"
	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/harness/workload"
	"attnbench/internal/kernel"
)

// cheats are workloads whose times are no measure of their work, with words of the message
// that refuses them.
var cheats = map[string]struct {
	behaviour
	status result.Status
	words  string
}{
	"puts work off": {behaviour{call: func(*fake) {
		work(100 * time.Microsecond)
		go work(time.Millisecond)
	}}, result.StatusFailed, "of CPU time went by right after a call had returned: a call must wait for all of its work"},
	"puts steps off": {behaviour{single: true, call: func(*fake) {
		work(100 * time.Microsecond)
		go work(2 * time.Millisecond)
	}}, result.StatusFailed, "of CPU time went by right after a call had returned"},
	"answers before the work is done": {behaviour{
		call:  func(*fake) { go work(20 * time.Millisecond) },
		check: func(*fake) error { return check.Verdict{Disagrees: "row 3 is wrong"}.Err() },
	}, result.StatusDisagree, "a call must wait for all of its work; row 3 is wrong"},
	"sleeps first": {behaviour{call: func(f *fake) {
		if f.calls < 8 {
			time.Sleep(100 * time.Millisecond)
		}
		work(time.Millisecond)
	}}, result.StatusFailed, "a call must work whenever it is called"},
	"lies": {behaviour{prepare: func(f *fake) error {
		f.Clock = lying{f.Clock, 8}
		return nil
	}}, result.StatusFailed, "a call, and calls in a row take "},
	"is faster than the machine": {behaviour{flops: 1 << 40}, result.StatusFailed, "times the FMA peak"},
}

func init() {
	for name, c := range cheats {
		behaviours[name] = c.behaviour
	}
}

// lying is a clock whose times are too short.
type lying struct {
	workload.Clock
	times time.Duration
}

func (l lying) Stop() time.Duration { return l.Clock.Stop() / l.times }

// visitsOfAPoint is how often a sweep visits a point: a busy machine may hide a cheat from one
// visit, and one that is not ok shows in the record.
const visitsOfAPoint = 6

func TestCheatsAreRefusedByName(t *testing.T) {
	for name, c := range cheats {
		if !known(name) {
			continue
		}
		r := asked(name, 1)
		if c.flops > 0 {
			r.Points[0].ISA = kernel.Names()[0]
		}
		v := visited(t, inChild(), r)[0]
		for again := 1; again < visitsOfAPoint && v.Status == result.StatusOK; again++ {
			v = visited(t, inChild(), r)[0]
		}
		if v.Status != c.status || !strings.Contains(v.Message, c.words) {
			t.Errorf("%s: %s %q: want %s and a message with %q", name, v.Status, v.Message, c.status, c.words)
		} else {
			t.Logf("%s: %s", name, v.Message)
		}
	}
}

// known reports whether this system can see the cheat.
func known(name string) bool {
	_, cpu := machine.CPUTime()
	_, ready := machine.ReadyTime()
	return (cpu || !strings.HasPrefix(name, "puts ") && name != "answers before the work is done") && (ready || name != "sleeps first")
}

// Where the first calls sleep, the fast ones after them are as many as of a fast kernel.
func TestFastSamplesAreMany(t *testing.T) {
	v := visited(t, inChild(), asked("slow at first", 1))[0]
	if v.Status != result.StatusOK || len(v.SamplesNS) < 9 {
		t.Errorf("%s %q, %d samples: want 9", v.Status, v.Message, len(v.SamplesNS))
	}
}
