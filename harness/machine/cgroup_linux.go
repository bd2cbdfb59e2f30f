package machine

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// groupMemory is what the limits of this process's control groups leave, in bytes.
func groupMemory() (bytes int64, limited bool) { return groupMemoryBelow("/", memlimit.FromCgroup) }

// groupMemoryBelow is groupMemory in the tree of files below root. A limit of each group
// from the process's own up to the one that is mounted counts, less what that group uses:
// neighbours in it too. ownLimit is the limit of the own group as the system tells it:
// of groups that are not mounted here as well, whose usage stays unknown.
func groupMemoryBelow(root string, ownLimit func() (uint64, error)) (bytes int64, limited bool) {
	bytes = math.MaxInt64
	own := int64(0) // used by the own group
	for _, m := range memberships(root, "memory") {
		v := version1
		if m.unified {
			v = version2
		}
		for dir := range m.upwards {
			used := v.used(dir)
			if dir == m.dir {
				own = max(own, used)
			}
			for _, name := range v.limits {
				if limit, ok := readNumber(filepath.Join(dir, name)); ok {
					bytes, limited = min(bytes, max(0, limit-used)), true
				}
			}
		}
	}
	if limit, err := ownLimit(); err == nil && limit < math.MaxInt64 {
		bytes, limited = min(bytes, max(0, int64(limit)-own)), true
	}
	return bytes, limited
}

// version is how a version of control groups spells memory.
type version struct {
	limits        []string
	usage, cached string
}

var (
	version1 = version{[]string{"memory.limit_in_bytes"}, "memory.usage_in_bytes", "total_inactive_file"}
	// Above "high" the system takes memory away as fast as it can, so that it is a limit too.
	version2 = version{[]string{"memory.max", "memory.high"}, "memory.current", "inactive_file"}
)

// used is what a group uses, in bytes. The system charges the group for cached files. Those
// that were not used lately count as free here, or a container that has compiled something
// would seem full.
func (v version) used(dir string) int64 {
	used, _ := readNumber(filepath.Join(dir, v.usage))
	stat, _ := os.ReadFile(filepath.Join(dir, "memory.stat"))
	for line := range strings.Lines(string(stat)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == v.cached {
			if cached, err := strconv.ParseInt(value, 10, 64); err == nil {
				used -= cached
			}
		}
	}
	return max(0, used)
}
