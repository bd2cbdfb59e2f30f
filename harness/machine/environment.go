package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/shirou/gopsutil/v4/load"

	"attnbench/harness/result"
)

// environment is what may change on this machine from run to run, and changes how fast it is.
func environment() *result.Environment {
	var e result.Environment
	switch runtime.GOOS {
	case "linux":
		e = environmentBelow("/")
	case "windows": // has no load
	default:
		if avg, err := load.Avg(); err == nil {
			e.Load = &avg.Load1
		}
	}
	if e.CPUs == 0 {
		e.CPUs = runtime.NumCPU()
	}
	e.Hypervisor = hypervisor(cpuid.CPU.Supports(cpuid.HYPERVISOR), cpuid.CPU.HypervisorVendorID, cpuid.CPU.HypervisorVendorString)
	e.ClockStepNS = int64(ClockStep())
	e.GOAMD64, e.GOGC, e.MemoryLimitBytes = buildLevel(), collectorShare(), memoryLimit()
	return &e
}

// environmentBelow is what Linux tells in the tree of files below root.
func environmentBelow(root string) result.Environment {
	t := topologyBelow(root)
	e := result.Environment{
		CPUs: len(t.CPUs), PhysicalCores: t.Cores, ThreadsPerCore: t.Threads, QuotaCPUs: quotaBelow(root),
		Governor: governors(root, t.CPUs), Turbo: turbo(root), HugePages: chosen(filepath.Join(root, "sys/kernel/mm/transparent_hugepage/enabled")),
	}
	data, _ := os.ReadFile(filepath.Join(root, "proc/loadavg"))
	minute, _, _ := strings.Cut(string(data), " ")
	if x, err := strconv.ParseFloat(minute, 64); err == nil && x >= 0 && x < 1e9 {
		e.Load = &x
	}
	return e
}

// governors are those of the clocks of the CPUs, each once.
func governors(root string, cpus []int) string {
	var list []string
	for _, cpu := range cpus {
		data, err := os.ReadFile(filepath.Join(root, "sys/devices/system/cpu", "cpu"+strconv.Itoa(cpu), "cpufreq/scaling_governor"))
		if name := strings.TrimSpace(string(data)); err == nil && name != "" {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// turbo is whether the clock may rise above its base; nil where the system does not tell.
func turbo(root string) *bool {
	dir := filepath.Join(root, "sys/devices/system/cpu")
	if off, ok := readNumber(filepath.Join(dir, "intel_pstate/no_turbo")); ok {
		return new(off == 0)
	}
	if on, ok := readNumber(filepath.Join(dir, "cpufreq/boost")); ok {
		return new(on != 0)
	}
	return nil
}

// chosen is the word in brackets of a file, as in "always [madvise] never".
func chosen(path string) string {
	data, _ := os.ReadFile(path)
	_, after, _ := strings.Cut(string(data), "[")
	word, _, found := strings.Cut(after, "]")
	if !found {
		return ""
	}
	return word
}

// hypervisor names that of a virtual machine; empty without, and where the CPU does not tell.
func hypervisor(virtual bool, vendor cpuid.Vendor, name string) string {
	switch {
	case !virtual:
		return ""
	case vendor != cpuid.VendorUnknown:
		return vendor.String()
	case strings.TrimSpace(name) != "":
		return strings.TrimSpace(name)
	}
	return "unknown"
}

// buildLevel is the GOAMD64 that this program was built with.
func buildLevel() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "GOAMD64" {
				return s.Value
			}
		}
	}
	return ""
}

// collectorShare is GOGC, as the environment variable spells it.
func collectorShare() string {
	n, ok := runtimeMetric("/gc/gogc:percent")
	switch {
	case !ok:
		return ""
	case n > 1<<31: // a negative number, in 64 bits
		return "off"
	}
	return strconv.FormatUint(n, 10)
}

// memoryLimit is GOMEMLIMIT in bytes; 0 without.
func memoryLimit() int64 {
	if n, ok := runtimeMetric("/gc/gomemlimit:bytes"); ok && n < 1<<62 {
		return int64(n)
	}
	return 0
}

func runtimeMetric(name string) (uint64, bool) {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0, false
	}
	return sample[0].Value.Uint64(), true
}
