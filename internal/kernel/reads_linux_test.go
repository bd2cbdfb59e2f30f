package kernel

import (
	"math/rand/v2"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// cliff returns a function that makes slices which end where readable memory ends.
func cliff(t *testing.T, maxFloats int) func(n int) []float32 {
	page := syscall.Getpagesize()
	bytes := (4*maxFloats + page - 1) / page * page
	return func(n int) []float32 {
		mem, err := syscall.Mmap(-1, 0, bytes+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			t.Skip("no memory to protect: ", err)
		}
		if err := syscall.Mprotect(mem[bytes:], syscall.PROT_NONE); err != nil {
			t.Skip("memory cannot be protected: ", err)
		}
		t.Cleanup(func() { syscall.Munmap(mem) })
		floats := unsafe.Slice((*float32)(unsafe.Pointer(&mem[0])), bytes/4)
		return floats[len(floats)-n:]
	}
}

// Kernels that prefetch by loads, or that take rows in fours, read nothing behind their
// slices: no memory is there. Fences detect writes only.
func TestNothingIsReadBehindASlice(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 150 {
			heads, keys, d, more := 1+rng.IntN(6), 1+rng.IntN(70), 1+rng.IntN(150), rng.IntN(20)
			if i%3 == 0 {
				d = 64 * (1 + rng.IntN(3))
			}
			whole, ldk := RoundUp(d, set.Width), d+rng.IntN(2)*rng.IntN(3)
			edge := cliff(t, (keys+more)*ldk+heads*(whole+80))
			k := edge((keys+more-1)*ldk + d)
			q, p, s := edge(heads*whole), edge((heads-1)*80+keys), edge((heads-1)*80+RoundUp(keys, 4))
			o, alpha := edge(heads*whole), edge(heads)
			x := edge(1 + rng.IntN(200))
			try := func(name string, f func()) {
				defer func() {
					if r := recover(); r != nil {
						t.Fatalf("%s of %d heads, %d keys and %d more rows, d %d, stride %d: %v", name, heads, keys, more, d, ldk, r)
					}
				}()
				f()
			}
			try("Dots", func() { set.Dots(s, 80, q, whole, k, ldk, heads, keys, d) })
			try("WeightedSum", func() { set.WeightedSum(o, whole, make([]float32, heads*whole), alpha, p, 80, k, ldk, heads, keys, d) })
			try("Max", func() { set.Max(x, 0) })
			try("Sum", func() { set.Sum(x) })
			try("ScaledExp", func() { set.ScaledExp(x, 1, 0, 1) })
			try("EluPlus1", func() { set.EluPlus1(x, x) })
			try("Finite", func() { set.Finite(k, ldk, keys, d) })
			try("Matmul", func() {
				set.Matmul(make([]float32, heads*whole), whole, p, 80, 1, k, ldk, heads, keys, d, nil, Prefetch{})
			})
		}
	})
}
