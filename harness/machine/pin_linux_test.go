package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// masks are the CPUs that the threads of this process may use, each list once.
func masks(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(files) == 0 {
		t.Skip("no /proc")
	}
	list := map[string]bool{}
	for _, dir := range files {
		data, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil {
			continue // it has ended
		}
		list[allowedList(string(data))] = true
	}
	return list
}

func TestEveryThreadIsPinnedAndLaterOnesToo(t *testing.T) {
	cpus, err := Pinnable()
	if err != nil {
		t.Skip(err)
	}
	procs, before := runtime.GOMAXPROCS(0), masks(t)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 { // threads that start while others are bound
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				done := make(chan struct{})
				go func() {
					runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
					close(done)
				}()
				<-done
			}
		})
	}
	last := cpus[len(cpus)-1]
	undo, err := Pin([]int{last})
	if err != nil {
		t.Fatal(err)
	}
	pinned, busy := masks(t), runtime.GOMAXPROCS(0)
	ran, ok := cpuNow()
	undo()
	close(stop)
	wg.Wait()
	if len(pinned) != 1 || busy != 1 || ok && ran != last {
		t.Errorf("threads on CPUs %v, GOMAXPROCS %d, seen on %d: want all on %d", pinned, busy, ran, last)
	}
	if after := masks(t); len(before) == 1 && len(after) != 1 || runtime.GOMAXPROCS(0) != procs {
		t.Errorf("after undo threads on CPUs %v, GOMAXPROCS %d: want %v, %d", after, runtime.GOMAXPROCS(0), before, procs)
	}
}

func TestPinToACPUThatIsNotThereChangesNothing(t *testing.T) {
	before := masks(t)
	if _, err := Pin([]int{maxCPU - 1}); err == nil {
		t.Error("no error")
	}
	if after := masks(t); len(after) != len(before) {
		t.Errorf("threads on CPUs %v: want %v", after, before)
	}
	undo, err := Pin(nil)
	if err != nil {
		t.Fatal(err)
	}
	undo()
}
