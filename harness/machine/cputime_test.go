package machine

import (
	"runtime"
	"testing"
	"time"
)

func compute(t time.Duration) {
	for begin := time.Now(); time.Since(begin) < t; {
	}
}

// What computes uses CPU time, in whichever goroutine; what sleeps uses none.
func TestCPUTimeIsOfAllThreads(t *testing.T) {
	before, ok := CPUTime()
	if !ok {
		t.Skip("this system does not tell")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for start, _ := CPUTime(); ; {
			if now, _ := CPUTime(); now-start > 20*time.Millisecond {
				return
			}
		}
	}()
	<-done
	computed, _ := CPUTime()
	time.Sleep(50 * time.Millisecond)
	slept, _ := CPUTime()
	if computed-before < 20*time.Millisecond || slept-computed > 10*time.Millisecond {
		t.Errorf("%v for 20ms of computing, %v for 50ms of sleep", computed-before, slept-computed)
	}
}

func TestReadyTimeStandsStillWhereAllSleep(t *testing.T) {
	before, ok := ReadyTime()
	if !ok {
		t.Skip("this system does not tell")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// What a neighbour makes the runtime's own threads wait counts as ready: a quiet moment
	// shows within some tries.
	var ready, asleep time.Duration
	for range 10 {
		compute(60 * time.Millisecond)
		computed, _ := ReadyTime()
		time.Sleep(60 * time.Millisecond)
		slept, _ := ReadyTime()
		ready, asleep, before = computed-before, slept-computed, slept
		if ready >= 30*time.Millisecond && asleep <= 30*time.Millisecond {
			return
		}
	}
	t.Errorf("%v over 60ms of computing, %v over 60ms of sleep", ready, asleep)
}
