package report

import (
	"fmt"
	"slices"
	"time"

	"attnbench/harness/result"
)

// environment lists what is known of what changes how fast a machine is.
func environment(e *result.Environment) (list []pair) {
	if e == nil {
		return nil
	}
	add := func(name, value string, known bool) {
		if known {
			list = append(list, pair{name, value})
		}
	}
	cores := plural(e.PhysicalCores, "core", "cores")
	if e.ThreadsPerCore > 1 {
		cores += fmt.Sprintf(" of %d threads each", e.ThreadsPerCore)
	}
	add("Physical cores", cores, e.PhysicalCores > 0)
	add("Quota of CPUs", fmt.Sprintf("%.3g", e.QuotaCPUs), e.QuotaCPUs > 0)
	add("Governor", e.Governor, e.Governor != "")
	if e.Turbo != nil {
		add("Turbo", map[bool]string{true: "on", false: "off"}[*e.Turbo], true)
	}
	if e.Load != nil {
		add("Load at the start", fmt.Sprintf("%.2f", *e.Load), true)
	}
	add("Hypervisor", e.Hypervisor, e.Hypervisor != "")
	add("Huge pages", e.HugePages, e.HugePages != "")
	add("Step of the clock", time.Duration(e.ClockStepNS).String(), e.ClockStepNS > 0)
	add("GOAMD64", e.GOAMD64, e.GOAMD64 != "")
	add("GOGC", e.GOGC, e.GOGC != "")
	add("GOMEMLIMIT", Bytes(e.MemoryLimitBytes), e.MemoryLimitBytes > 0)
	return list
}

// warningFindings say what in the environment makes the times less certain.
func warningFindings(s result.Sweep) []string {
	workers := 0
	for _, p := range s.Points {
		workers = max(workers, p.Workers)
	}
	list := slices.Clone(s.Run.Machine.Warnings(workers))
	for i, text := range list {
		list[i] = "Mind that " + text + "."
	}
	return list
}
