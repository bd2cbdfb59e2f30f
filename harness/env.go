package harness

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"

	"attnbench/harness/result"
)

// kernelFeatures are the instruction sets that matter to attention kernels.
var kernelFeatures = []cpuid.FeatureID{
	cpuid.SSE42, cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.F16C,
	cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512VNNI, cpuid.AVX512BF16, cpuid.AVX512FP16,
	cpuid.AVXVNNI, cpuid.AMXTILE, cpuid.AMXBF16, cpuid.AMXFP16, cpuid.AMXINT8,
	cpuid.ASIMD, cpuid.ASIMDHP, cpuid.ASIMDDP, cpuid.FPHP, cpuid.BF16, cpuid.I8MM, cpuid.SVE, cpuid.SVE2,
}

// Machine describes this computer: sizes in bytes, features by name in order. What
// the system does not tell is absent.
func Machine() result.Machine {
	m := result.Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, GoVersion: runtime.Version(),
		CPU: strings.TrimSpace(cpuid.CPU.BrandName), Cores: runtime.GOMAXPROCS(0),
		L1dBytes: known(cpuid.CPU.Cache.L1D), L2Bytes: known(cpuid.CPU.Cache.L2), L3Bytes: known(cpuid.CPU.Cache.L3),
	}
	for _, f := range kernelFeatures {
		if cpuid.CPU.Supports(f) {
			m.Features = append(m.Features, f.String())
		}
	}
	slices.Sort(m.Features)
	if m.CPU == "" {
		if info, err := cpu.Info(); err == nil && len(info) > 0 {
			m.CPU = strings.TrimSpace(info[0].ModelName)
		}
	}
	if v, err := mem.VirtualMemory(); err == nil {
		m.MemoryBytes = int64(v.Total)
	}
	return m
}

// known turns cpuid's -1 for unknown into absence.
func known(n int) int64 { return int64(max(0, n)) }

// AvailableMemory is what a process may still take, in bytes: what the system
// says is available, or what a container's limit leaves, whichever is less.
func AvailableMemory() (int64, bool) {
	v, err := mem.VirtualMemory()
	if err != nil || v.Available == 0 {
		return 0, false
	}
	free := int64(v.Available)
	if left, ok := cgroupMemory("/sys/fs/cgroup"); ok {
		free = min(free, left)
	}
	return free, true
}

// cgroupMemory is what the limit of a Linux control group leaves, in bytes; not
// ok where there is no limit. The group is charged for files that the system
// keeps in memory while nobody else wants it: those not used lately count as free,
// or a container that has compiled something would seem full.
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

// Commit returns the commit that this program was built from, and whether the
// checkout held changes beside it. Empty where that is unknown: "go run" stamps
// no revision, and then the checkout around dir is asked, if it is this module's.
func Commit(dir string) (hash string, modified bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			hash = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if hash != "" {
		return hash, modified
	}
	return checkout(dir, info.Main.Path)
}

// checkout returns the commit of the git checkout around dir, and whether there
// are changes or new files beside it. Empty unless the checkout is of the named
// module and git answers within two seconds.
func checkout(dir, module string) (hash string, modified bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", false
	}
	if mod, err := os.ReadFile(filepath.Join(top, "go.mod")); err != nil || moduleOf(string(mod)) != module {
		return "", false
	}
	hash, err = git(ctx, dir, "rev-parse", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := git(ctx, dir, "status", "--porcelain")
	if err != nil {
		return "", false // a commit that may be modified says nothing
	}
	return hash, changes != ""
}

// moduleOf is the module path that a go.mod states, empty where it states none.
func moduleOf(mod string) string {
	for line := range strings.Lines(mod) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], `"`)
		}
	}
	return ""
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	cmd.WaitDelay = 100 * time.Millisecond // for children that hold its output open
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
