//go:build !purego

package kernel

import "github.com/klauspost/cpuid/v2"

// sets lists the sets that this machine can run, best first. cpuid reports a
// feature only where the operating system saves its registers too (XCR0).
var sets = func() []*Set {
	list := []*Set{&generic}
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		list = append([]*Set{avx2.set("avx2")}, list...)
	}
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ) {
		list = append([]*Set{avx512.set("avx512")}, list...)
	}
	return list
}()
