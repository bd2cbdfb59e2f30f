package machine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pinnable are the CPUs that [Pin] can bind to, in the order in which to use them.
func Pinnable() ([]int, error) {
	if cpus := ReadTopology().CPUs; len(cpus) > 0 {
		return cpus, nil
	}
	return nil, errors.New("this system does not tell which CPUs this process may use")
}

// Pin binds this process to the CPUs and lets Go run as many threads at once; without CPUs
// it does nothing. undo lets the process run where it ran before.
//
// No thread leaves the CPUs, nor does one that starts later: it inherits the mask of the
// thread that starts it. So as many workers have as many CPUs, and no other thread of this
// process runs beside them. Among the CPUs the system may still move a thread.
func Pin(cpus []int) (undo func(), err error) {
	if len(cpus) == 0 {
		return func() {}, nil
	}
	before, here := unix.NewCPUSet(maxCPU), unix.NewCPUSet(maxCPU)
	if err := unix.SchedGetaffinityDynamic(0, before); err != nil {
		return nil, fmt.Errorf("cannot read the CPUs of this process: %w", err)
	}
	for _, cpu := range cpus {
		here.Set(cpu)
	}
	if err := bind(here); err != nil {
		bind(before)
		return nil, fmt.Errorf("cannot bind this process to CPUs %v: %w", cpus, err)
	}
	procs := runtime.GOMAXPROCS(len(cpus))
	return func() {
		bind(before)
		runtime.GOMAXPROCS(procs)
	}, nil
}

// bind gives all threads the mask, until it finds none without: a thread that started
// meanwhile has the mask of the thread that started it.
func bind(mask unix.CPUSetDynamic) error {
	for done := map[string]bool{}; ; {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		found := false
		for _, task := range tasks {
			if done[task.Name()] {
				continue
			}
			id, err := strconv.Atoi(task.Name())
			if err != nil {
				return err
			}
			if err := unix.SchedSetaffinityDynamic(id, mask); err != nil && err != unix.ESRCH { // it has ended
				return err
			}
			done[task.Name()], found = true, true
		}
		if !found {
			return nil
		}
	}
}
