package par

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// A loop of nothing but preemption points must let a collection begin, with the
// asynchronous signals of the runtime switched off it would otherwise wait for ever:
// the test runs itself again with GODEBUG=asyncpreemptoff=1.
func TestPreemptionPointLetsTheCollectorIn(t *testing.T) {
	rerun(t, "asyncpreemptoff=1")
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			PreemptionPoint()
		}
	}()
	collected := make(chan struct{})
	go func() {
		runtime.GC()
		close(collected)
	}()
	select {
	case <-collected:
	case <-time.After(10 * time.Second):
		t.Error("no collection within 10 s")
	}
	stop.Store(true)
	<-done
}
