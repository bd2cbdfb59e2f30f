package par

import "sync"

// freeList recycles values without allocating in the steady state. Unlike
// sync.Pool it keeps them over garbage collections.
type freeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

func (f *freeList[T]) get() *T {
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

func (f *freeList[T]) put(x *T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = append(f.free, x)
}
