package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v4/mem"
)

// Available is what this process may still take, in bytes: the smaller of what the
// system says is available and what a container's limit leaves; 0 where it is unknown.
func Available() int64 {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0
	}
	free := int64(v.Available)
	if left, ok := cgroupMemory("/sys/fs/cgroup"); ok {
		free = min(free, left)
	}
	return free
}

// cgroupMemory is what the limit of a Linux control group leaves, in bytes; not ok
// without a limit. The system charges the group for cached files. Cached files that were
// not used lately count as free here, or a container that has compiled something would
// seem full.
func cgroupMemory(dir string) (int64, bool) {
	limit, ok1 := readCount(filepath.Join(dir, "memory.max"))
	used, ok2 := readCount(filepath.Join(dir, "memory.current"))
	if !ok1 || !ok2 {
		return 0, false
	}
	stat, _ := os.ReadFile(filepath.Join(dir, "memory.stat"))
	for line := range strings.Lines(string(stat)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == "inactive_file" {
			if cached, err := strconv.ParseInt(value, 10, 64); err == nil {
				used -= cached
			}
		}
	}
	return max(0, limit-max(0, used)), true
}

// readCount reads a number from a file; not ok for "max" and anything else.
func readCount(path string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil
}
