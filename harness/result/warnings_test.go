package result

import (
	"slices"
	"strings"
	"testing"
)

func TestWarningsNameWhatMakesTimesUncertain(t *testing.T) {
	quiet := func() Machine {
		return Machine{Cores: 4, Environment: &Environment{
			CPUs: 4, PhysicalCores: 4, ThreadsPerCore: 1, QuotaCPUs: 4, Governor: "performance", Turbo: new(false), Load: new(1.5), HugePages: "always", ClockStepNS: 1000, GOAMD64: "v1", GOGC: "100",
		}}
	}
	for word, change := range map[string]func(m *Machine){
		"":                                  func(*Machine) {},
		"the load was 2.01 on 4 cores":      func(m *Machine) { m.Environment.Load = new(2.01) },
		"GOMAXPROCS is 3, fewer than the 4": func(m *Machine) { m.Cores = 3 },
		"allow 1.5 CPUs at a time, fewer":   func(m *Machine) { m.Environment.QuotaCPUs = 1.5 },
		"the 4 workers share 2 physical":    func(m *Machine) { m.Environment.PhysicalCores = 2 },
		"is performance and powersave, not": func(m *Machine) { m.Environment.Governor = "performance powersave" },
		"turbo is on":                       func(m *Machine) { m.Environment.Turbo = new(true) },
		"a virtual machine (KVM)":           func(m *Machine) { m.Environment.Hypervisor = "KVM" },
		"huge pages are off":                func(m *Machine) { m.Environment.HugePages = "never" },
		"GOGC is off":                       func(m *Machine) { m.Environment.GOGC = "off" },
		"GOMEMLIMIT is 1024 bytes":          func(m *Machine) { m.Environment.MemoryLimitBytes = 1024 },
		"the clock steps by 100µs":          func(m *Machine) { m.Environment.ClockStepNS = 100000 },
	} {
		m := quiet()
		change(&m)
		switch list := m.Warnings(4); {
		case word == "" && list != nil:
			t.Errorf("a quiet machine: %q", list)
		case word != "" && (len(list) != 1 || !strings.Contains(list[0], word)):
			t.Errorf("%q: want one that says %q", list, word)
		}
	}
	for _, m := range []Machine{{}, {Environment: &Environment{}}} {
		if list := m.Warnings(8); list != nil {
			t.Errorf("of a machine that nothing is known of: %q", list)
		}
	}
}

func TestResumeMindsTheEnvironmentButNotTheMoment(t *testing.T) {
	for word, change := range map[string]func(e *Environment){
		"":                            func(e *Environment) { e.Load, e.ClockStepNS = nil, 7 },
		"the governor is performance": func(e *Environment) { e.Governor = "powersave" },
		"turbo is on there and off":   func(e *Environment) { e.Turbo = new(false) },
		"the quota of CPUs is 1.5":    func(e *Environment) { e.QuotaCPUs = 0 },
		"GOGC is 50":                  func(e *Environment) { e.GOGC = "100" },
		"the hypervisor is KVM":       func(e *Environment) { e.Hypervisor = "" },
		"the number of CPUs is 4":     func(e *Environment) { e.CPUs = 3 },
	} {
		there, here := someRun(), someRun()
		change(here.Machine.Environment)
		list := differences(there, here)
		if word == "" && list != nil || word != "" && !slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, word) }) {
			t.Errorf("%q: want %q", list, word)
		}
	}
	old := someRun()
	old.Machine.Environment = nil
	if list := differences(old, someRun()); list != nil {
		t.Errorf("a record without an environment: %q", list)
	}
}
