package machine

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Topology is how the logical CPUs that this process may use share physical cores.
type Topology struct {
	// CPUs are in the order in which to use them: one of each physical core before the second
	// of any, the faster cores first. None where the system does not tell.
	CPUs []int
	// Cores are the physical cores among them, and Threads the most logical CPUs that one of
	// these has, for this process or not; 0 where the system does not tell.
	Cores, Threads int

	core map[int]int // a number for the physical core of each of CPUs; nil where unknown
}

// ReadTopology reads the topology once: only Linux tells it.
var ReadTopology = sync.OnceValue(func() Topology {
	if runtime.GOOS != "linux" {
		return Topology{}
	}
	return topologyBelow("/")
})

// maxCPU bounds the numbers in a list of CPUs.
const maxCPU = 1 << 16

// topologyBelow is the topology in the tree of files below root.
func topologyBelow(root string) Topology {
	var t Topology
	t.CPUs = usableCPUs(root)
	t.identify(root)
	rank := map[int]int{} // of a CPU among those of its core
	seen := map[int]int{}
	for _, cpu := range t.CPUs {
		core, known := t.core[cpu]
		if !known {
			core = -1 - cpu
		}
		rank[cpu] = seen[core]
		seen[core]++
	}
	speed := speeds(root, t.CPUs)
	slices.SortStableFunc(t.CPUs, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(speed[b], speed[a]), cmp.Compare(a, b))
	})
	return t
}

// usableCPUs are the CPUs that are online and that the process may use: its status has the
// mask of the process, from which the system has taken what a cpuset of a container forbids.
func usableCPUs(root string) []int {
	status, _ := os.ReadFile(filepath.Join(root, "proc/self/status"))
	allowed, limited := parseCPUs(allowedList(string(status)))
	online, known := readCPUs(filepath.Join(root, "sys/devices/system/cpu/online"))
	switch {
	case !known:
		return allowed
	case !limited:
		return online
	}
	return slices.DeleteFunc(allowed, func(cpu int) bool { return !slices.Contains(online, cpu) })
}

// allowedList is the list of CPUs in the status of a process or a thread.
func allowedList(status string) string {
	for line := range strings.Lines(status) {
		if list, found := strings.CutPrefix(line, "Cpus_allowed_list:"); found {
			return strings.TrimSpace(list)
		}
	}
	return ""
}

// identify numbers the physical cores, if each CPU tells its own.
func (t *Topology) identify(root string) {
	numbers, core := map[string]int{}, map[int]int{}
	threads := 0
	for _, cpu := range t.CPUs {
		name, siblings := physicalCore(filepath.Join(root, "sys/devices/system/cpu", "cpu"+strconv.Itoa(cpu), "topology"))
		if name == "" {
			return
		}
		if _, known := numbers[name]; !known {
			numbers[name] = len(numbers)
		}
		core[cpu] = numbers[name]
		threads = max(threads, siblings)
	}
	if len(core) == 0 {
		return
	}
	if threads == 0 { // no CPU names its siblings: those that the process may use are known
		count := map[int]int{}
		for _, c := range core {
			count[c]++
		}
		threads = slices.Max(slices.Collect(maps.Values(count)))
	}
	t.core, t.Cores, t.Threads = core, len(numbers), threads
}

// physicalCore names the core that a folder of topology tells of, and how many logical CPUs
// it has, 0 where that is not told. Cores of two packages may have one core_id, and so may
// those of two dies: the list of siblings is without doubt.
func physicalCore(dir string) (name string, siblings int) {
	if list, ok := readCPUs(filepath.Join(dir, "thread_siblings_list")); ok {
		return fmt.Sprint(list), len(list)
	}
	core, ok := readNumber(filepath.Join(dir, "core_id"))
	if !ok || core < 0 {
		return "", 0
	}
	pkg, _ := readNumber(filepath.Join(dir, "physical_package_id"))
	return fmt.Sprintf("%d of %d", core, pkg), 0
}

// speeds are numbers that are larger for faster CPUs, where cores differ and all CPUs tell:
// the capacity that the scheduler goes by, or the highest clock.
func speeds(root string, cpus []int) map[int]int64 {
	for _, name := range []string{"cpu_capacity", "cpufreq/cpuinfo_max_freq"} {
		list := map[int]int64{}
		for _, cpu := range cpus {
			if n, ok := readNumber(filepath.Join(root, "sys/devices/system/cpu", "cpu"+strconv.Itoa(cpu), name)); ok {
				list[cpu] = n
			}
		}
		if len(list) == len(cpus) {
			return list
		}
	}
	return nil
}

func readCPUs(path string) ([]int, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	return parseCPUs(string(data))
}

// parseCPUs reads a list of CPUs as the system writes it, "0-3,8"; not ok for anything else.
func parseCPUs(text string) (cpus []int, ok bool) {
	for item := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		from, to, isRange := strings.Cut(item, "-")
		lo, err := strconv.Atoi(from)
		hi := lo
		if err == nil && isRange {
			hi, err = strconv.Atoi(to)
		}
		if err != nil || lo < 0 || hi < lo || hi > maxCPU {
			return nil, false
		}
		for cpu := lo; cpu <= hi; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), true
}

// readNumber reads a whole number from a file; not ok for anything else.
func readNumber(path string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil
}
