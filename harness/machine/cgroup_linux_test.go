package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// group writes the files of a group of version 2, or with v1 set of version 1.
func group(files map[string]string, dir string, v1 bool, limit, used, cached string) {
	names := []string{"memory.max", "memory.current", "inactive_file"}
	if v1 {
		names = []string{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}
	}
	files[dir+"/"+names[0]], files[dir+"/"+names[1]] = limit+"\n", used+"\n"
	files[dir+"/memory.stat"] = "anon 1\nactive_file 10\n" + names[2] + " " + cached + "\n"
}

const (
	mountV1     = "35 31 0:32 ROOT TOP rw,relatime - cgroup cgroup rw,memory\n"
	mountV2     = "41 31 0:38 ROOT TOP rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	noLimitOfV1 = "9223372036854771712"
)

func mountLine(line, root, top string) string {
	return strings.NewReplacer("ROOT", root, "TOP", top).Replace(line)
}

func TestTheTightestGroupAboveTheProcessCounts(t *testing.T) {
	for name, c := range map[string]struct {
		cgroup, mounts string
		groups         func(files map[string]string)
		own            uint64 // as the system tells it; 0: no limit
		want           int64
		limited        bool
	}{
		"version 2": {"0::/a/b\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/a/b", false, "1000", "300", "40")
		}, 0, 740, true},
		"the group above is tighter": {"0::/a/b\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/a/b", false, "1000", "300", "0")
			group(f, "sys/fs/cgroup/a", false, "900", "800", "0")
		}, 1000, 100, true},
		"only a group far above has a limit": {"0::/a/b/c\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/a/b/c", false, "max", "1", "0")
			group(f, "sys/fs/cgroup/a/b", false, "max", "300", "0")
			group(f, "sys/fs/cgroup/a", false, "900", "500", "0")
		}, 900, 400, true},
		"a namespace of its own": {"0::/\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup", false, "1000", "300", "0")
		}, 0, 700, true},
		"the process is throttled before": {"0::/a\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/a", false, "1000", "300", "0")
			f["sys/fs/cgroup/a/memory.high"] = "500\n"
		}, 0, 200, true},
		"more is used than allowed": {"0::/\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup", false, "1000", "1500", "0")
		}, 0, 0, true},
		"more is cached than used": {"0::/\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup", false, "1000", "30", "40")
		}, 0, 1000, true},
		"no limit": {"0::/\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(f map[string]string) {
			group(f, "sys/fs/cgroup", false, "max", "300", "0")
		}, 0, 0, false},
		"no memory controller": {"0::/\n", mountLine(mountV2, "/", "/sys/fs/cgroup"), func(map[string]string) {}, 0, 0, false},
		"no control groups":    {"", "", func(map[string]string) {}, 0, 0, false},
		"version 1": {"8:pids:/p\n4:cpu,memory:/a/b\n", mountLine(mountV1, "/", "/sys/fs/cgroup/memory"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/memory/a/b", true, "1000", "300", "40")
			group(f, "sys/fs/cgroup/memory/a", true, "2000", "1900", "40")
			group(f, "sys/fs/cgroup/memory", true, noLimitOfV1, "9000", "0")
		}, 0, 140, true},
		"version 1, the own group is the mount": {"4:memory:/docker/x\n", mountLine(mountV1, "/docker/x", "/sys/fs/cgroup/memory"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/memory", true, "1000", "300", "0")
		}, 0, 700, true},
		"a limit of a group that is not mounted": {"4:memory:/docker/x\n", mountLine(mountV1, "/docker/x", "/sys/fs/cgroup/memory"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/memory", true, noLimitOfV1, "300", "0")
		}, 800, 500, true},
		"the mount of another group": {"4:memory:/docker/x\n", mountLine(mountV1, "/docker/other", "/other") + mountLine(mountV1, "/docker/x", "/mine"), func(f map[string]string) {
			group(f, "other", true, "100", "0", "0")
			group(f, "mine", true, "1000", "0", "0")
		}, 0, 1000, true},
		"both versions, memory in the first": {"4:memory:/a\n0::/a\n", mountLine(mountV1, "/", "/sys/fs/cgroup/memory") + mountLine(mountV2, "/", "/sys/fs/cgroup/unified"), func(f map[string]string) {
			group(f, "sys/fs/cgroup/memory/a", true, "1000", "300", "0")
			f["sys/fs/cgroup/unified/a/cgroup.procs"] = "1\n"
		}, 0, 700, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			files := map[string]string{"proc/self/cgroup": c.cgroup, "proc/self/mountinfo": "23 1 8:1 / / rw - ext4 /dev/sda rw\n" + c.mounts}
			c.groups(files)
			for path, text := range files {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			own := func() (uint64, error) {
				if c.own == 0 {
					return 0, memlimit.ErrNoLimit
				}
				return c.own, nil
			}
			got, limited := groupMemoryBelow(root, own)
			if !limited || got > 1<<60 { // version 1 spells no limit as a number
				got, limited = 0, false
			}
			if got != c.want || limited != c.limited {
				t.Errorf("%d, %v: want %d, %v", got, limited, c.want, c.limited)
			}
		})
	}
}
