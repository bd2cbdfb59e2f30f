package machine

import (
	"runtime"
	"testing"
	"time"

	"attnbench/harness/result"
	"attnbench/internal/kernel"
)

func TestRooflinesOfThisMachine(t *testing.T) {
	set, err := kernel.Find("generic")
	if err != nil {
		t.Fatal(err)
	}
	workers := runtime.GOMAXPROCS(0)
	g := NewRooflines(0)
	for _, n := range []int{1, workers, workers + 1000} {
		begin := time.Now()
		peak, bandwidth := g.Peak(set, n), g.Bandwidth(set, n)
		t.Logf("%d workers: %+v, %+v in %v", n, peak, bandwidth, time.Since(begin))
		if !(peak.GFLOPS > 0.01 && peak.GFLOPS < 2000*float64(workers)) || !(bandwidth.GBS > 0.01 && bandwidth.GBS < 1e4) {
			t.Errorf("%d workers: %+v, %+v", n, peak, bandwidth)
		}
		if peak.LowGFLOPS <= 0 || peak.LowGFLOPS > peak.GFLOPS || peak.By == "" && peak.LowGFLOPS != peak.GFLOPS {
			t.Errorf("%d workers: %+v: want a low peak that differs where the peak is that of one worker alone", n, peak)
		}
		if n == 1 && peak.By != "" {
			t.Errorf("1 worker: %+v: one worker has a CPU of its own", peak)
		}
	}
	if b := NewRooflines(machineShare*RooflinesBytes(1)-1).Bandwidth(set, 1); b != (Bandwidth{}) {
		t.Errorf("%+v with a buffer that takes too much of the memory", b)
	}
	for w := 1; w <= workers; w++ {
		if 4*slice(w) < sliceBytes || RooflinesBytes(w) != int64(4*w*slice(w)) {
			t.Errorf("%d workers read %d floats each of %d bytes", w, slice(w), RooflinesBytes(w))
		}
	}
}

// Two threads on one CPU make half the peak, and no kernel is faster than it for that.
func TestWorkersThatShareACPUHaveThePeakOfOneTimesTheirNumber(t *testing.T) {
	if got, want := timesOne(110, 2, 113), (Peak{GFLOPS: 220, LowGFLOPS: 113, By: result.PeakByOneWorker}); got != want {
		t.Errorf("%+v: want %+v", got, want)
	}
	if got := timesOne(50, 2, 113); got.GFLOPS != 113 {
		t.Errorf("%+v: want what was reached, which is more than twice that of one", got)
	}
}

func TestWorkersAreApartWhereEachWasSeenOnItsOwnCPU(t *testing.T) {
	for _, c := range []struct {
		cpus []int64
		want bool
	}{
		{[]int64{3}, true}, {[]int64{0, 1, 7}, true}, {[]int64{0, 1, 0}, false}, {[]int64{0, nowhere}, false}, {[]int64{nowhere, nowhere}, false},
	} {
		p := newPlaces(len(c.cpus))
		for w, cpu := range c.cpus {
			p[w].Store(cpu)
		}
		if p.apart() != c.want {
			t.Errorf("%v: apart is %v", c.cpus, p.apart())
		}
	}
}
