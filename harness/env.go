package harness

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
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
	cpuid.AVXVNNI, cpuid.AMXTILE, cpuid.AMXBF16, cpuid.AMXINT8,
	cpuid.ASIMD, cpuid.ASIMDHP, cpuid.ASIMDDP, cpuid.SVE,
}

// Machine describes this computer. What the system does not tell is absent.
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
	limit, ok1 := readCount("/sys/fs/cgroup/memory.max")
	used, ok2 := readCount("/sys/fs/cgroup/memory.current")
	if ok1 && ok2 {
		free = min(free, max(0, limit-used))
	}
	return free, true
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
	top := git(dir, "rev-parse", "--show-toplevel")
	mod, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if top == "" || err != nil || !strings.HasPrefix(string(mod), "module "+info.Main.Path+"\n") {
		return "", false
	}
	hash = git(dir, "rev-parse", "HEAD")
	return hash, hash != "" && git(dir, "status", "--porcelain", "--untracked-files=no") != ""
}

// git returns the output of a git command, empty where it fails.
func git(dir string, args ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
