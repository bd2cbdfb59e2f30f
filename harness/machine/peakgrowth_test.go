package machine

import (
	"errors"
	"runtime/debug"
	"testing"
)

var sink []float32

// hold allocates and writes that many bytes.
func hold(bytes int) {
	sink = make([]float32, bytes/4)
	touchPages(sink)
}

// A start of the test's own code: pages of it, threads and stacks are not what f takes.
const startBytes = 128 << 10

func grown(t *testing.T, f func()) int64 {
	t.Helper()
	f2 := func() error { f(); return nil }
	n, known, err := PeakGrowth(f2)
	if err != nil {
		t.Fatal(err)
	}
	if !known {
		t.Skip("this system does not tell")
	}
	return n
}

func TestPeakGrowthIsWhatIsAllocated(t *testing.T) {
	const some = 48 << 20
	grown(t, func() { hold(4096) }) // the code is there
	for name, c := range map[string]struct {
		before, f func()
		want      int64
	}{
		"nothing":                 {func() {}, func() {}, 0},
		"what is kept":            {func() {}, func() { hold(some) }, some},
		"garbage":                 {func() {}, func() { hold(some); hold(some / 2); hold(some / 4) }, some + some/2 + some/4},
		"what was freed before":   {func() { hold(some); sink = nil }, func() { hold(some) }, some},
		"less than a peak before": {func() { hold(3 * some); sink = nil }, func() { hold(some) }, some},
	} {
		sink = nil
		c.before()
		if n := grown(t, c.f); n < c.want || n > c.want+startBytes {
			t.Errorf("%s: %d bytes: want %d and at most %d more", name, n, c.want, startBytes)
		}
	}
	sink = nil
}

func TestPeakGrowthKeepsTheErrorAndTheCollector(t *testing.T) {
	failed := errors.New("failed")
	if n, known, err := PeakGrowth(func() error { return failed }); n != 0 || known || err != failed {
		t.Errorf("%d, %v, %v: want the error alone", n, known, err)
	}
	percent := debug.SetGCPercent(100)
	if debug.SetGCPercent(percent); percent <= 0 {
		t.Errorf("GC percent %d afterwards", percent)
	}
}

// scriptedMemory answers with one usage after the other.
func scriptedMemory(slack int64, list ...usage) memoryMeter {
	return memoryMeter{reset: func() {}, slack: slack, read: func() (u usage, ok bool) {
		u, list = list[0], list[1:]
		return u, u.now > 0
	}}
}

func TestThePeakCountsOnlyWhereItIsOfTheCall(t *testing.T) {
	for name, c := range map[string]struct {
		m     memoryMeter
		want  int64
		known bool
	}{
		"kept":                     {scriptedMemory(0, usage{1000, 1000}, usage{1500, 1500}), 500, true},
		"given back":               {scriptedMemory(0, usage{1000, 1000}, usage{1100, 1700}), 700, true},
		"a peak within the slack":  {scriptedMemory(300, usage{1000, 1000}, usage{1100, 1300}), 100, true},
		"a peak beyond the slack":  {scriptedMemory(300, usage{1000, 1000}, usage{1100, 1600}), 600, true},
		"a reset peak that is off": {scriptedMemory(300, usage{1000, 1200}, usage{1100, 1500}), 100, true},
		"a peak before":            {scriptedMemory(0, usage{1000, 9000}, usage{9100, 9100}, usage{9200, 9400}), 300, true},
		"less than before":         {scriptedMemory(0, usage{1000, 1000}, usage{900, 1000}), 0, true},
		"unknown before":           {scriptedMemory(0, usage{}), 0, false},
		"unknown after":            {scriptedMemory(0, usage{1000, 1000}, usage{}), 0, false},
	} {
		if n, known, err := c.m.growth(func() error { return nil }); n != c.want || known != c.known || err != nil {
			t.Errorf("%s: %d, %v, %v: want %d, %v", name, n, known, err, c.want, c.known)
		}
	}
}

func TestProcessPeakNeverFalls(t *testing.T) {
	const some = 32 << 20
	hold(some)
	before, known := ProcessPeak()
	if !known {
		t.Skip("this system does not tell")
	}
	sink = nil
	grown(t, func() {})
	if after, _ := ProcessPeak(); before < some || after < before {
		t.Errorf("%d bytes, then %d: want at least %d, and no less later", before, after, some)
	}
}
