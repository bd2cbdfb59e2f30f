package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// quotaBelow is how many CPUs the control groups of the process allow at a time, in the tree
// of files below root: the least of its own group and those above it. 0: no limit is known.
func quotaBelow(root string) (cpus float64) {
	for _, m := range memberships(root, "cpu") {
		for dir := range m.upwards {
			quota, period := cpuQuota(dir, m.unified)
			if quota <= 0 || period <= 0 {
				continue
			}
			if x := float64(quota) / float64(period); cpus == 0 || x < cpus {
				cpus = x
			}
		}
	}
	return cpus
}

// cpuQuota is the time that the group of a folder may compute in a period, in µs; not above 0
// without a limit.
func cpuQuota(dir string, unified bool) (quota, period int64) {
	if !unified {
		quota, _ = readNumber(filepath.Join(dir, "cpu.cfs_quota_us"))
		period, _ = readNumber(filepath.Join(dir, "cpu.cfs_period_us"))
		return quota, period
	}
	data, _ := os.ReadFile(filepath.Join(dir, "cpu.max"))
	limit, in, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	quota, _ = strconv.ParseInt(limit, 10, 64) // "max" is no number
	period, _ = strconv.ParseInt(in, 10, 64)
	return quota, period
}
