package machine

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// madeUp is a made-up tree of what Linux tells about CPUs.
type madeUp map[string]string

func online(list, allowed string) madeUp {
	return madeUp{"sys/devices/system/cpu/online": list, "proc/self/status": "Name:\tsweep\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed + "\nMems_allowed_list:\t0"}
}

// core adds a physical core with its logical CPUs.
func (m madeUp) core(pkg, id int, siblings string, cpus ...int) madeUp {
	for _, cpu := range cpus {
		dir := fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/", cpu)
		m[dir+"core_id"], m[dir+"physical_package_id"] = fmt.Sprint(id), fmt.Sprint(pkg)
		if siblings != "" {
			m[dir+"thread_siblings_list"] = siblings
		}
	}
	return m
}

func (m madeUp) set(name, value string, cpus ...int) madeUp {
	for _, cpu := range cpus {
		m[fmt.Sprintf("sys/devices/system/cpu/cpu%d/%s", cpu, name)] = value
	}
	return m
}

func TestPhysicalCoresComeBeforeTheirSecondThreads(t *testing.T) {
	smt := func(allowed string) madeUp {
		return online("0-7", allowed).core(0, 0, "0,4", 0, 4).core(0, 1, "1,5", 1, 5).core(0, 2, "2,6", 2, 6).core(0, 3, "3,7", 3, 7)
	}
	for name, c := range map[string]struct {
		files          madeUp
		cpus           []int
		cores, threads int
	}{
		"one package with SMT":      {smt("0-7"), []int{0, 1, 2, 3, 4, 5, 6, 7}, 4, 2},
		"threads numbered in pairs": {online("0-3", "0-3").core(0, 0, "0-1", 0, 1).core(0, 1, "2-3", 2, 3), []int{0, 2, 1, 3}, 2, 2},
		"without SMT":               {online("0-1", "0-1").core(0, 0, "0", 0).core(0, 1, "1", 1), []int{0, 1}, 2, 1},
		"two packages that use the same core ids": {
			online("0-3", "0-3").core(0, 0, "0,2", 0, 2).core(1, 0, "1,3", 1, 3), []int{0, 1, 2, 3}, 2, 2},
		"two packages, no lists of siblings": {
			online("0-3", "0-3").core(0, 0, "", 0, 2).core(1, 0, "", 1, 3), []int{0, 1, 2, 3}, 2, 2},
		"a CPU is offline": {
			online("0-2,4", "0-4").core(0, 0, "0,4", 0, 4).core(0, 1, "1", 1).core(0, 2, "2", 2), []int{0, 1, 2, 4}, 3, 2},
		"a container's cpuset has half of the threads":      {smt("4-7"), []int{4, 5, 6, 7}, 4, 2},
		"a container's cpuset has both threads of one core": {smt("2,6-7"), []int{2, 7, 6}, 2, 2},
		"fast cores come first": {
			online("0-5", "0-5").core(0, 0, "0", 0).core(0, 1, "1", 1).core(0, 2, "2-3", 2, 3).core(0, 3, "4-5", 4, 5).
				set("cpu_capacity", "512", 0, 1).set("cpu_capacity", "1024", 2, 3, 4, 5),
			[]int{2, 4, 0, 1, 3, 5}, 4, 2},
		"fast cores by their clock": {
			online("0-2", "0-2").core(0, 0, "0", 0).core(0, 1, "1", 1).core(0, 2, "2", 2).
				set("cpufreq/cpuinfo_max_freq", "3000000", 0, 1).set("cpufreq/cpuinfo_max_freq", "5000000", 2),
			[]int{2, 0, 1}, 3, 1},
		"one CPU does not tell its speed": {
			online("0-1", "0-1").core(0, 0, "0", 0).core(0, 1, "1", 1).set("cpu_capacity", "1024", 1), []int{0, 1}, 2, 1},
		"one CPU does not tell its core": {online("0-1", "0-1").core(0, 0, "0", 0), []int{0, 1}, 0, 0},
		"no topology":                    {online("0-3", "1-2"), []int{1, 2}, 0, 0},
		"no list of what is online":      {madeUp{"proc/self/status": "Cpus_allowed_list:\t0-1"}, []int{0, 1}, 0, 0},
		"no status":                      {madeUp{"sys/devices/system/cpu/online": "0-1"}, []int{0, 1}, 0, 0},
		"a list that is none":            {madeUp{"sys/devices/system/cpu/online": "0-99999999999", "proc/self/status": "Cpus_allowed_list:\tx"}, nil, 0, 0},
		"nothing":                        {nil, nil, 0, 0},
	} {
		got := topologyBelow(tree(t, c.files))
		if !slices.Equal(got.CPUs, c.cpus) || got.Cores != c.cores || got.Threads != c.threads {
			t.Errorf("%s: CPUs %v, %d cores of %d threads: want %v, %d, %d", name, got.CPUs, got.Cores, got.Threads, c.cpus, c.cores, c.threads)
		}
	}
}

func TestTopologyOfThisMachine(t *testing.T) {
	switch got := ReadTopology(); {
	case runtime.GOOS != "linux" && got.CPUs != nil:
		t.Errorf("%+v: only Linux tells", got)
	case runtime.GOOS == "linux" && len(got.CPUs) > 0 && len(got.CPUs) != runtime.NumCPU():
		t.Errorf("%+v: %d CPUs for this process", got, runtime.NumCPU())
	}
}
