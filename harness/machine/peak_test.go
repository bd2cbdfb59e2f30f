package machine

import (
	"runtime"
	"testing"
	"time"

	"attnbench/internal/kernel"
)

func TestRooflinesOfThisMachine(t *testing.T) {
	set, err := kernel.Find("generic")
	if err != nil {
		t.Fatal(err)
	}
	workers := runtime.GOMAXPROCS(0)
	g := NewRooflines(workers, 0)
	for _, n := range []int{1, workers, workers + 1000} {
		begin := time.Now()
		peak, bandwidth := g.Peak(set, n), g.Bandwidth(set, n)
		t.Logf("%d workers: %.1f GFLOP/s, %.1f GB/s in %v", n, peak, bandwidth, time.Since(begin))
		if !(peak > 0.01 && peak < 2000*float64(workers)) || !(bandwidth > 0.01 && bandwidth < 1e4) {
			t.Errorf("%d workers: %v GFLOP/s, %v GB/s", n, peak, bandwidth)
		}
	}
	buffer := &g.buffer[0]
	g.Bandwidth(set, 1)
	if &g.buffer[0] != buffer {
		t.Error("the buffer was made anew")
	}
	for w := 1; w <= workers; w++ {
		if w*slice(w) > len(g.buffer) || 4*slice(w) < sliceBytes {
			t.Errorf("%d workers read %d floats each of %d", w, slice(w), len(g.buffer))
		}
	}
}
