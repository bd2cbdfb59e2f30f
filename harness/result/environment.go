package result

import "fmt"

// Environment is what may change on one machine, and changes how fast it is. Absent means
// that the system does not tell.
type Environment struct {
	CPUs           int      `json:"cpus,omitempty"`             // logical ones that the process may use
	PhysicalCores  int      `json:"physical_cores,omitempty"`   // among them
	ThreadsPerCore int      `json:"threads_per_core,omitempty"` // above 1: the machine has SMT
	QuotaCPUs      float64  `json:"quota_cpus,omitempty"`       // that control groups allow at a time
	Governor       string   `json:"governor,omitempty"`         // of the clock; several with spaces between
	Turbo          *bool    `json:"turbo,omitempty"`            // the clock may rise above its base
	Load           *float64 `json:"load,omitempty"`             // programs that wanted to run, over the last minute
	Hypervisor     string   `json:"hypervisor,omitempty"`       // of a virtual machine
	HugePages      string   `json:"huge_pages,omitempty"`       // transparent ones: always, madvise or never
	ClockStepNS    int64    `json:"clock_step_ns,omitempty"`    // the smallest that the clock showed

	GOAMD64          string `json:"goamd64,omitempty"` // that the program was built with
	GOGC             string `json:"gogc,omitempty"`
	MemoryLimitBytes int64  `json:"gomemlimit_bytes,omitempty"`
}

// differences tells differ what makes another machine of an environment. Load and the step
// of the clock do not: they are of a moment. An old record says nothing.
func (e *Environment) differences(here *Environment, differ func(what, there, here string)) {
	if e == nil || here == nil {
		return
	}
	differ("the number of CPUs", fmt.Sprint(e.CPUs), fmt.Sprint(here.CPUs))
	differ("the number of physical cores", fmt.Sprint(e.PhysicalCores), fmt.Sprint(here.PhysicalCores))
	differ("the number of threads per core", fmt.Sprint(e.ThreadsPerCore), fmt.Sprint(here.ThreadsPerCore))
	differ("the quota of CPUs", fmt.Sprint(e.QuotaCPUs), fmt.Sprint(here.QuotaCPUs))
	differ("the governor", e.Governor, here.Governor)
	differ("turbo", onOff(e.Turbo), onOff(here.Turbo))
	differ("the hypervisor", e.Hypervisor, here.Hypervisor)
	differ("the setting of huge pages", e.HugePages, here.HugePages)
	differ("GOAMD64", e.GOAMD64, here.GOAMD64)
	differ("GOGC", e.GOGC, here.GOGC)
	differ("GOMEMLIMIT", fmt.Sprint(e.MemoryLimitBytes), fmt.Sprint(here.MemoryLimitBytes))
}

func onOff(b *bool) string {
	switch {
	case b == nil:
		return "unknown"
	case *b:
		return "on"
	}
	return "off"
}
