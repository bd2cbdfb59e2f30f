//go:build !purego

package kernel

import "testing"

// Sets that this machine cannot run are held to it too.
func TestAssemblyIsComplete(t *testing.T) {
	noneNil(t, "avx2", avx2.asm)
	noneNil(t, "avx512", avx512.asm)
}
