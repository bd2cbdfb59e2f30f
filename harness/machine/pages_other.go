//go:build !linux

package machine

// newPages is a buffer of that many bytes.
func newPages(bytes int) (buffer []float32, free func()) { return make([]float32, bytes/4), func() {} }

// pagesOf is not known here.
func pagesOf([]float32) string { return "" }
