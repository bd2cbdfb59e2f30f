package machine

import (
	"maps"
	"testing"
)

func TestTheTightestQuotaAboveTheProcessCounts(t *testing.T) {
	const (
		v1 = "35 31 0:32 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct"
		v2 = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
	)
	for name, c := range map[string]struct {
		cgroup, mounts string
		files          map[string]string
		want           float64
	}{
		"version 2": {"0::/a/b", v2, map[string]string{"sys/fs/cgroup/a/b/cpu.max": "150000 100000"}, 1.5},
		"a group above is tighter": {"0::/a/b/c", v2, map[string]string{
			"sys/fs/cgroup/a/b/c/cpu.max": "max 100000", "sys/fs/cgroup/a/b/cpu.max": "400000 100000", "sys/fs/cgroup/a/cpu.max": "10000 20000",
		}, 0.5},
		"no limit": {"0::/a", v2, map[string]string{"sys/fs/cgroup/a/cpu.max": "max 100000"}, 0},
		"version 1": {"4:cpu,cpuacct:/a/b", v1, map[string]string{
			"sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us": "100000",
			"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "300000", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000",
		}, 3},
		"the controller is elsewhere": {"4:memory:/a", v1, map[string]string{
			"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "300000", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000",
		}, 0},
		"files that are none": {"0::/a", v2, map[string]string{"sys/fs/cgroup/a/cpu.max": "many"}, 0},
		"no control groups":   {"", "", nil, 0},
	} {
		files := map[string]string{"proc/self/cgroup": c.cgroup, "proc/self/mountinfo": "23 1 8:1 / / rw - ext4 /dev/sda rw\n" + c.mounts}
		maps.Copy(files, c.files)
		if got := quotaBelow(tree(t, files)); got != c.want {
			t.Errorf("%s: %v CPUs: want %v", name, got, c.want)
		}
	}
}
