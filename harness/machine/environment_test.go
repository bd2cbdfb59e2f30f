package machine

import (
	"encoding/json"
	"maps"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/klauspost/cpuid/v2"
)

func TestEnvironmentIsWhatTheSystemTells(t *testing.T) {
	two := online("0-1", "0-1").core(0, 0, "0", 0).core(0, 1, "1", 1)
	with := func(files map[string]string) madeUp {
		m := maps.Clone(two)
		maps.Copy(m, files)
		return m
	}
	const known = `"cpus":2,"physical_cores":2,"threads_per_core":1`
	for name, c := range map[string]struct {
		files madeUp
		want  string
	}{
		"nothing": {nil, `{}`},
		"CPUs":    {two, `{` + known + `}`},
		"governors of all CPUs, each once": {
			with(nil).set("cpufreq/scaling_governor", "powersave", 0).set("cpufreq/scaling_governor", "performance", 1),
			`{` + known + `,"governor":"performance powersave"}`},
		"turbo of Intel is off":      {with(map[string]string{"sys/devices/system/cpu/intel_pstate/no_turbo": "1"}), `{` + known + `,"turbo":false}`},
		"turbo of Intel is on":       {with(map[string]string{"sys/devices/system/cpu/intel_pstate/no_turbo": "0"}), `{` + known + `,"turbo":true}`},
		"boost is on":                {with(map[string]string{"sys/devices/system/cpu/cpufreq/boost": "1"}), `{` + known + `,"turbo":true}`},
		"boost is neither":           {with(map[string]string{"sys/devices/system/cpu/cpufreq/boost": "x"}), `{` + known + `}`},
		"an idle machine":            {madeUp{"proc/loadavg": "0.00 0.01 0.05 1/126 7658"}, `{"load":0}`},
		"load":                       {madeUp{"proc/loadavg": "4.70 2.66 1.64 7/126 7658"}, `{"load":4.7}`},
		"a load that is none":        {madeUp{"proc/loadavg": "NaN"}, `{}`},
		"huge pages":                 {madeUp{"sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never"}, `{"huge_pages":"madvise"}`},
		"huge pages, nothing chosen": {madeUp{"sys/kernel/mm/transparent_hugepage/enabled": "always [madvise never"}, `{}`},
	} {
		data, err := json.Marshal(environmentBelow(tree(t, c.files)))
		if err != nil || string(data) != c.want {
			t.Errorf("%s: %s, %v: want %s", name, data, err, c.want)
		}
	}
}

func TestHypervisorIsNamedWhereThereIsOne(t *testing.T) {
	for _, c := range []struct {
		virtual bool
		vendor  cpuid.Vendor
		name    string
		want    string
	}{
		{false, cpuid.KVM, "KVMKVMKVM", ""},
		{true, cpuid.KVM, "KVMKVMKVM", "KVM"},
		{true, cpuid.VendorUnknown, " Mine ", "Mine"},
		{true, cpuid.VendorUnknown, "", "unknown"},
	} {
		if got := hypervisor(c.virtual, c.vendor, c.name); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestGarbageCollectionIsReadAndNotChanged(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	if e := environment(); e.GOGC != "50" || e.MemoryLimitBytes != 1<<40 || e.CPUs < 1 || e.ClockStepNS < 1 {
		t.Errorf("%+v: want GOGC 50, a limit of %d, CPUs and a step of the clock", e, 1<<40)
	}
	debug.SetGCPercent(-1)
	if e := environment(); e.GOGC != "off" {
		t.Errorf("GOGC %q: want off", e.GOGC)
	}
	if got := debug.SetGCPercent(-1); got != -1 {
		t.Errorf("GOGC is %d after it was read", got)
	}
	if e := environment(); (e.GOAMD64 != "") != (runtime.GOARCH == "amd64") {
		t.Errorf("GOAMD64 %q on %s", e.GOAMD64, runtime.GOARCH)
	}
}
