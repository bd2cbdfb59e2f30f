package machine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// membership is a folder that shows the own control group of a process, or one above it.
type membership struct {
	dir, top string // the group's folder, and the folder of the mount
	unified  bool   // of version 2
}

// upwards yields the folders of the group and of those above it.
func (m membership) upwards(yield func(dir string) bool) {
	for dir := m.dir; yield(dir) && dir != m.top && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
	}
}

// memberships finds the groups of the process that have a controller, in the tree of files
// below root: at every mount that holds them, as a container may mount its own group alone.
func memberships(root, controller string) (list []membership) {
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
			unified := fields[0] == "0" && fields[1] == "" && mount.FSType == "cgroup2"
			if !unified && (mount.FSType == "cgroup2" || !inList(fields[1], controller) || !inList(mount.VFSOptions, controller)) {
				continue
			}
			below, err := filepath.Rel(mount.Root, fields[2])
			if err != nil || below == ".." || strings.HasPrefix(below, "../") {
				continue
			}
			top := filepath.Join(root, mount.Mountpoint)
			list = append(list, membership{dir: filepath.Join(top, below), top: top, unified: unified})
		}
	}
	return list
}

func inList(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }
