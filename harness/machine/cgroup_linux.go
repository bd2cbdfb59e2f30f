package machine

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/moby/sys/mountinfo"
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
	for _, m := range memberships(root) {
		for dir := m.dir; ; dir = filepath.Dir(dir) {
			used := m.used(dir)
			if dir == m.dir {
				own = max(own, used)
			}
			for _, name := range m.limits {
				if limit, ok := readNumber(filepath.Join(dir, name)); ok {
					bytes, limited = min(bytes, max(0, limit-used)), true
				}
			}
			if dir == m.top || dir == filepath.Dir(dir) {
				break
			}
		}
	}
	if limit, err := ownLimit(); err == nil && limit < math.MaxInt64 {
		bytes, limited = min(bytes, max(0, int64(limit)-own)), true
	}
	return bytes, limited
}

// membership is a folder that shows the own group of a process, or one above it.
type membership struct {
	dir, top string // the group's folder, and the folder of the mount
	version
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

// memberships finds the memory groups of the process in the tree of files below root: at
// every mount that holds them, as a container may mount its own group alone.
func memberships(root string) (list []membership) {
	mounts, err := os.Open(filepath.Join(root, "proc/self/mountinfo"))
	if err != nil {
		return nil
	}
	defer mounts.Close()
	infos, err := mountinfo.GetMountsFromReader(mounts, mountinfo.FSTypeFilter("cgroup", "cgroup2"))
	if err != nil {
		return nil
	}
	groups, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(groups)) { // 4:memory:/a/b, and of version 2 0::/a/b
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for _, mount := range infos {
			v := version1
			if fields[0] == "0" && fields[1] == "" && mount.FSType == "cgroup2" {
				v = version2
			} else if mount.FSType == "cgroup2" || !inList(fields[1], "memory") || !inList(mount.VFSOptions, "memory") {
				continue
			}
			below, err := filepath.Rel(mount.Root, fields[2])
			if err != nil || below == ".." || strings.HasPrefix(below, "../") {
				continue
			}
			top := filepath.Join(root, mount.Mountpoint)
			list = append(list, membership{dir: filepath.Join(top, below), top: top, version: v})
		}
	}
	return list
}

func inList(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }

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
