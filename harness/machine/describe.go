package machine

import (
	"runtime"
	"slices"
	"strings"

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

// Describe describes this computer: sizes in bytes, names of features sorted. What the
// system does not tell is absent.
func Describe() result.Machine {
	m := result.Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, GoVersion: runtime.Version(),
		CPU: strings.TrimSpace(cpuid.CPU.BrandName), Cores: runtime.GOMAXPROCS(0),
		L1dBytes: known(cpuid.CPU.Cache.L1D), L2Bytes: known(cpuid.CPU.Cache.L2), L3Bytes: known(cpuid.CPU.Cache.L3),
		Environment: environment(),
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
