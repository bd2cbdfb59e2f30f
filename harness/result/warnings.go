package result

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	maxLoad      = 0.5 // per core, that hardly disturbs
	maxClockStep = time.Microsecond
)

// Warnings says what in the environment of a machine makes the times of that many workers
// less certain than they could be: a sentence each, without a full stop.
func (m Machine) Warnings(workers int) []string {
	e := m.Environment
	if e == nil {
		return nil
	}
	var list []string
	warn := func(where bool, format string, args ...any) {
		if where {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	load := 0.0
	if e.Load != nil {
		load = *e.Load
	}
	cores := max(1, m.Cores)
	warn(load > maxLoad*float64(cores), "the load was %.3g on %d %s at the start: other programs compete for them", load, cores, oneOrMany(cores, "core", "cores"))
	warn(m.Cores > 0 && m.Cores < workers, "GOMAXPROCS is %d, fewer than the %d workers", m.Cores, workers)
	warn(e.QuotaCPUs > 0 && e.QuotaCPUs < float64(workers), "control groups allow %.3g CPUs at a time, fewer than the %d %s: the system stops the workers", e.QuotaCPUs, workers, oneOrMany(workers, "worker", "workers"))
	warn(e.PhysicalCores > 0 && e.PhysicalCores < workers, "the %d workers share %d physical %s", workers, e.PhysicalCores, oneOrMany(e.PhysicalCores, "core", "cores"))
	warn(e.Governor != "" && e.Governor != "performance", "the governor of the clock is %s, not performance: the clock follows the load", strings.ReplaceAll(e.Governor, " ", " and "))
	warn(e.Turbo != nil && *e.Turbo, "turbo is on: the clock falls with the number of busy cores and their temperature")
	warn(e.Hypervisor != "", "this is a virtual machine (%s): its host may take cores away", e.Hypervisor)
	warn(e.HugePages == "never", "huge pages are off: the rate of reading memory wanders")
	warn(e.GOGC != "" && e.GOGC != "100", "GOGC is %s, not 100", e.GOGC)
	warn(e.MemoryLimitBytes > 0, "GOMEMLIMIT is %s bytes: close to it the garbage collector takes time", strconv.FormatInt(e.MemoryLimitBytes, 10))
	warn(e.ClockStepNS > int64(maxClockStep), "the clock steps by %v: samples are as much longer", time.Duration(e.ClockStepNS))
	return list
}

func oneOrMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
