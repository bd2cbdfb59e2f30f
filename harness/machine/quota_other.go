//go:build !linux

package machine

// quotaBelow knows of no limit: only Linux has control groups.
func quotaBelow(string) (cpus float64) { return 0 }
