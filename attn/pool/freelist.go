package pool

import "sync"

// FreeList recycles values without allocating in the steady state. Unlike
// sync.Pool it keeps them over garbage collections.
type FreeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Get returns a recycled value, or a new one.
func (f *FreeList[T]) Get() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.free)
	if n == 0 {
		return new(T)
	}
	x := f.free[n-1]
	f.free = f.free[:n-1]
	return x
}

// Put hands a value back for a later Get.
func (f *FreeList[T]) Put(x *T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = append(f.free, x)
}
