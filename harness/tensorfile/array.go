package tensorfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// array is one tensor as a file holds it, converted.
type array struct {
	shape []int
	data  []float32
}

// decode reads the elements of shape from r, which holds size bytes. stored is the number
// of bytes that the file spends on them: decode allocates no more on the word of a
// header, and more only as elements come.
func decode(t dtype, shape []int, r io.Reader, size, stored int64) (array, error) {
	n, err := elements(shape)
	if err != nil {
		return array{}, err
	}
	switch need := int64(n) * int64(t.size); {
	case size < need:
		return array{}, fmt.Errorf("is truncated: shape %v needs %d elements, and the file holds %d", shape, n, size/int64(t.size))
	case size > need:
		return array{}, fmt.Errorf("holds %d bytes after an array of shape %v", size-need, shape)
	}
	a := array{shape, make([]float32, 0, min(int64(n), stored))}
	chunk := make([]byte, min(size, 1<<16))
	for len(a.data) < n {
		part := chunk[:min(len(chunk), (n-len(a.data))*t.size)]
		if _, err := io.ReadFull(r, part); err != nil {
			return array{}, cut(err)
		}
		for i := 0; i < len(part); i += t.size {
			a.data = append(a.data, t.float32(part[i:]))
		}
	}
	return a, nil
}

// cut is the error of an array that ends in the middle or cannot be read.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("is truncated: it ends in the middle of an array")
	}
	return fmt.Errorf("cannot be read: %w", reason(err))
}

// elements is the product of shape; no dimension may be 0 or negative.
func elements(shape []int) (int, error) {
	if maxDims := 64; len(shape) > maxDims { // as in NumPy
		return 0, fmt.Errorf("has %d dimensions: want at most %d", len(shape), maxDims)
	}
	n := uint64(1)
	for _, d := range shape {
		if d < 1 {
			return 0, fmt.Errorf("has shape %v: want every dimension at least 1", shape)
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > math.MaxInt/8 {
			return 0, fmt.Errorf("has shape %v, whose size overflows", shape)
		}
		n = lo
	}
	return int(n), nil
}
