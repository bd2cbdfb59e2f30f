package visit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/harness/visit/process"
	"attnbench/internal/kernel"
)

// behaviours are the variants of the tests. Where a message is given, the visit must say so.
var behaviours = map[string]behaviour{
	"honest": {},
	"short":  {call: func(*fake) { work(10 * time.Microsecond) }},
	"long":   {call: func(*fake) { work(30 * time.Millisecond) }},

	"three long": {call: func(f *fake) {
		if f.big && f.calls > 3 {
			return
		}
		work(30 * time.Millisecond)
	}},

	"slow at first": {call: func(f *fake) {
		if f.calls < 8 {
			work(100 * time.Millisecond)
		}
		work(time.Millisecond)
	}},

	"reads much":   {single: true, reads: machine.LastLevelCache() + 1<<20},
	"reads little": {single: true, reads: machine.LastLevelCache() / 2},

	"panics at work":   {call: func(f *fake) { onSample(f, func() { panic("index 7 of 3") }) }},
	"panics elsewhere": {call: func(f *fake) { onSample(f, func() { go panic("in a goroutine\nof its own"); time.Sleep(time.Second) }) }},
	"exits":            {call: func(f *fake) { onSample(f, func() { os.Exit(5) }) }},
	"exits well":       {call: func(f *fake) { onSample(f, func() { os.Exit(0) }) }},
	"hangs":            {call: func(f *fake) { onSample(f, func() { select {} }) }},
	"prints":           {call: func(*fake) { fmt.Println("a line of a kernel"); work(time.Millisecond) }},
	"second point":     {call: func(f *fake) { onSample(f, func() { work(time.Millisecond); f.exitAt(1) }) }},

	"disagrees":   {check: func(*fake) error { return check.Verdict{Disagrees: "row 3 is wrong"}.Err() }},
	"unsupported": {prepare: func(*fake) error { return fmt.Errorf("window: %w", errors.ErrUnsupported) }},
	"too large":   {prepare: func(*fake) error { return fmt.Errorf("2 TiB: %w", attn.ErrTooLarge) }},
	"fails":       {prepare: func(*fake) error { return errors.New("no such file") }},
}

// onSample calls f for calls of samples, after the check.
func onSample(f *fake, do func()) {
	if f.big && f.calls > 3 {
		do()
	}
}

func (f *fake) exitAt(i int) {
	if f.at == i {
		os.Exit(6)
	}
}

func TestAVisitOfAnHonestPoint(t *testing.T) {
	for how, e := range executors() {
		for name, want := range map[string]time.Duration{"honest": time.Millisecond, "short": 10 * time.Microsecond, "long": 30 * time.Millisecond} {
			v := visited(t, e, asked(name, 1))[0]
			if v.Status != result.StatusOK || time.Duration(v.MedianNS) < want || len(v.SamplesNS) < 3 || v.Isolated != (how == "child") || v.Seconds <= 0 {
				t.Errorf("%s, %s: %+v", how, name, v)
			}
			if v.InputBytes != 3 || v.OutputBytes != 1 || v.Agreement == nil || (v.Repeats > 1) != (name == "short") {
				t.Errorf("%s, %s: %+v", how, name, v)
			}
		}
	}
}

func TestOneVisitTakesAllPointsOfASeries(t *testing.T) {
	for how, e := range executors() {
		for i, v := range visited(t, e, asked("honest", 3)) {
			if v.Status != result.StatusOK {
				t.Errorf("%s: point %d: %s %s", how, i, v.Status, v.Message)
			}
		}
	}
}

// Beside what a call must read, as much is read between the samples of the first visit, where
// no cache holds it.
func TestTheBandwidthIsThatOfWhatACallReads(t *testing.T) {
	for name, want := range map[string]bool{"reads much": true, "reads little": false} {
		for _, whole := range []bool{true, false} {
			r := asked(name, 1)
			r.Points[0].ISA, r.Whole = kernel.Names()[0], whole
			if v := visited(t, inChild(), r)[0]; v.Status != result.StatusOK || (v.BandwidthGBS > 0) != (want && whole) || v.P99NS < v.MedianNS {
				t.Errorf("%s, whole %v: %+v", name, whole, v)
			}
		}
	}
}

func TestAPointThatIsCheckedAloneHasNoTimes(t *testing.T) {
	r := asked("honest", 1)
	r.Samples = Samples{}
	for how, e := range executors() {
		list, err := e.Visit(context.Background(), r)
		if err != nil || list[0].Status != result.StatusOK || list[0].SamplesNS != nil || list[0].Agreement == nil {
			t.Errorf("%s: %+v, %v", how, list, err)
		}
	}
}

func TestWhatIsWrongWithAPointIsItsStatus(t *testing.T) {
	for name, want := range map[string]result.Visit{
		"disagrees":        {Status: result.StatusDisagree, Message: "row 3 is wrong"},
		"unsupported":      {Status: result.StatusUnsupported, Message: "window: unsupported operation"},
		"too large":        {Status: result.StatusSkipped, Message: "2 TiB: "},
		"fails":            {Status: result.StatusFailed, Message: "no such file"},
		"of another world": {Status: result.StatusFailed, Message: `variant "of another world" is not in this program`},
	} {
		for how, e := range executors() {
			if v := visited(t, e, asked(name, 1))[0]; v.Status != want.Status || !strings.HasPrefix(v.Message, want.Message) {
				t.Errorf("%s, %s: %s %q: want %s %q", how, name, v.Status, v.Message, want.Status, want.Message)
			}
		}
	}
}

func TestACrashCostsOneVisit(t *testing.T) {
	for name, want := range map[string]string{
		"panics at work":   "the process of the visit: exit status 2: panic: index 7 of 3",
		"panics elsewhere": "the process of the visit: exit status 2: panic: in a goroutine",
		"exits":            "the process of the visit: exit status 5",
		"exits well":       "the process of the visit ended before its time",
	} {
		if v := visited(t, inChild(), asked(name, 1))[0]; v.Status != result.StatusFailed || !strings.HasPrefix(v.Message, want) {
			t.Errorf("%s: %s %q: want %q", name, v.Status, v.Message, want)
		}
	}
	list := visited(t, inChild(), asked("second point", 3))
	for i, want := range []result.Status{result.StatusOK, result.StatusFailed, result.StatusFailed} {
		if list[i].Status != want {
			t.Errorf("point %d: %s %q: want %s", i, list[i].Status, list[i].Message, want)
		}
	}
}

func TestAHangCostsOneVisit(t *testing.T) {
	r := asked("hangs", 1)
	r.Timeout = 300 * time.Millisecond
	begin := time.Now()
	v := visited(t, inChild(), r)[0]
	if want := "the visit took longer than 300ms, and its process was ended"; v.Status != result.StatusFailed || v.Message != want || time.Since(begin) > 10*time.Second {
		t.Errorf("%s %q after %v: want %q", v.Status, v.Message, time.Since(begin), want)
	}
}

func TestAKernelMayPrint(t *testing.T) {
	if v := visited(t, inChild(), asked("prints", 1))[0]; v.Status != result.StatusOK {
		t.Errorf("%s %q", v.Status, v.Message)
	}
}

// Ctrl-C ends the visit, and there is nothing to record of it.
func TestAnInterruptedVisitIsNoRecord(t *testing.T) {
	for how, e := range map[string]Executor{"child": inChild(), "here": Here{env()}} {
		ctx, cancel := context.WithCancelCause(context.Background())
		interrupted := errors.New("interrupted")
		name := "hangs"
		if how == "here" {
			name = "long"
		}
		time.AfterFunc(200*time.Millisecond, func() { cancel(interrupted) })
		r := asked(name, 1)
		r.Samples = Samples{Min: 100, Want: 100, Max: 100, Time: time.Minute}
		begin := time.Now()
		if list, err := e.Visit(ctx, r); list != nil || err != interrupted || time.Since(begin) > 2*time.Second {
			t.Errorf("%s: %d visits, %v after %v", how, len(list), err, time.Since(begin))
		}
	}
}

func TestAProgramThatIsNoChildIsTold(t *testing.T) {
	for program, want := range map[string]string{
		"/no/such/program": "no child: ",
		os.Args[0]:         "the process of the visit",
	} {
		if v := visited(t, Child{Program: process.Program{Path: program}, Args: []string{"-test.run=^$"}}, asked("honest", 1))[0]; v.Status != result.StatusFailed || !strings.HasPrefix(v.Message, want) {
			t.Errorf("%s: %s %q: want %q", program, v.Status, v.Message, want)
		}
	}
}
