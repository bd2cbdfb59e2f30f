package visit

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// noting keeps the last request.
type noting struct{ last Request }

func (a *noting) Visit(_ context.Context, r Request) ([]result.Visit, error) {
	a.last = r
	return nil, nil
}

func TestPinnedGivesEachWorkerACPU(t *testing.T) {
	for workers, want := range map[int][]int{1: {5}, 2: {5, 7}, 3: {5, 7, 0}, 9: {5, 7, 0}} {
		a := &noting{}
		Pinned{a, []int{5, 7, 0}}.Visit(t.Context(), Request{Points: []point.Point{{Workers: workers}}})
		if !slices.Equal(a.last.CPUs, want) {
			t.Errorf("%d workers on CPUs %v: want %v", workers, a.last.CPUs, want)
		}
	}
}

// A visit that is pinned says so, and this process runs afterwards where it ran before.
func TestVisitRecordsTheCPUsOfItsSamples(t *testing.T) {
	cpus, err := machine.Pinnable()
	if err != nil {
		t.Skip(err)
	}
	procs := runtime.GOMAXPROCS(0)
	for name, executor := range executors() {
		v := visited(t, Pinned{executor, cpus[len(cpus)-1:]}, asked("honest", 1))[0]
		if v.Status != result.StatusOK || !slices.Equal(v.CPUs, cpus[len(cpus)-1:]) {
			t.Errorf("%s: %s %s, CPUs %v: want CPUs %v", name, v.Status, v.Message, v.CPUs, cpus[len(cpus)-1:])
		}
	}
	if got := runtime.GOMAXPROCS(0); got != procs {
		t.Errorf("GOMAXPROCS is %d after visits in this process: want %d", got, procs)
	}
}
