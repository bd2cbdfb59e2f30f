package flash_test

import (
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/variants/flash"
)

// BenchmarkStopTheWorld tells how long the garbage collector waits for kernels:
// eight goroutines call Forward in a loop while collections run one after the
// other. Reported is the longest wait among five collections, the median
// over b.N such rounds; below 2 ms is asked for. Assembly cannot be preempted: the
// engine offers a point after every tile of keys.
func BenchmarkStopTheWorld(b *testing.B) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 2048, KVLen: 2048, HeadDim: 128, ValueDim: 128, Mask: attn.Causal()}
	plan, err := flash.New().Plan(p, attn.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 8 {
		a, err := input.Args(p, "gaussian", 1)
		if err != nil {
			b.Fatal(err)
		}
		ws := make([]float32, plan.Workspace())
		wg.Go(func() {
			for !stop.Load() {
				plan.Forward(a, ws)
			}
		})
	}
	longest := make([]float64, 0, b.N)
	for range b.N {
		before := pauses()
		for range 5 {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		longest = append(longest, longestSince(before, pauses()))
	}
	stop.Store(true)
	wg.Wait()
	b.ReportMetric(1e3*median(longest), "ms-longest-wait")
}

// pauses is the distribution of the time from the decision to stop the world to
// its being stopped: what waiting for goroutines costs.
func pauses() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/stopping/gc:seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64Histogram()
}

// longestSince is the upper bound of the highest bucket that grew, in seconds.
func longestSince(before, after *metrics.Float64Histogram) float64 {
	for i := len(after.Counts) - 1; i >= 0; i-- {
		if after.Counts[i] > before.Counts[i] {
			if top := after.Buckets[i+1]; !math.IsInf(top, 1) {
				return top
			}
			return after.Buckets[i]
		}
	}
	return 0
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
