package tensorfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// tensor is where a file holds the elements of one tensor, and how.
type tensor struct {
	dtype
	shape []int
	open  func() (io.ReadCloser, error) // at the first element; a Seeker where it can be
}

// newTensor checks that size bytes are what the shape needs.
func newTensor(t dtype, shape []int, size int64, open func() (io.ReadCloser, error)) (tensor, error) {
	n, err := elements(shape)
	if err != nil {
		return tensor{}, err
	}
	switch need := int64(n) * int64(t.size); {
	case size < need:
		return tensor{}, fmt.Errorf("is truncated: shape %v needs %d elements, and the file holds %d", shape, n, size/int64(t.size))
	case size > need:
		return tensor{}, fmt.Errorf("holds %d bytes after an array of shape %v", size-need, shape)
	}
	return tensor{t, shape, open}, nil
}

// partElements are converted at a time.
const partElements = 1 << 14

// read hands the first rows of every head of t [B, H, N, D] to take, in parts and in
// order. Numbers that are not finite as float32 are an error. Where it reads to the end, the
// file must end there too.
func (t tensor) read(rows int, take func([]float32)) error {
	r, err := t.open()
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	defer r.Close()
	heads, all, head := t.shape[0]*t.shape[1], t.shape[2]*t.shape[3], rows*t.shape[3]
	raw := make([]byte, min(partElements, head)*t.size)
	part := make([]float32, len(raw)/t.size)
	for h := range heads {
		for done := 0; done < head; {
			n := min(len(part), head-done)
			if _, err := io.ReadFull(r, raw[:n*t.size]); err != nil {
				return cut(err)
			}
			for i := range n {
				x := t.float32(raw[i*t.size:])
				if d := float64(x); math.IsNaN(d) || math.IsInf(d, 0) {
					return fmt.Errorf("holds %v at element %d (as float32): want finite numbers", x, h*all+done+i)
				}
				part[i] = x
			}
			take(part[:n])
			done += n
		}
		switch {
		case head < all && h+1 < heads:
			if err := skip(r, int64(all-head)*int64(t.size)); err != nil {
				return cut(err)
			}
		case head == all && h+1 == heads:
			// The checksum of an archive is compared at the end.
			if n, err := io.ReadFull(r, raw[:1]); n > 0 {
				return errors.New("is malformed: it holds more than it claims")
			} else if err != nil && err != io.EOF {
				return fmt.Errorf("is malformed: %w", err)
			}
		}
	}
	return nil
}

func skip(r io.Reader, n int64) error {
	if s, ok := r.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekCurrent)
		return err
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// section is a part of a file.
type section struct{ *io.SectionReader }

// Close implements io.Closer.
func (section) Close() error { return nil }

func sectionAt(r io.ReaderAt, at, size int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return section{io.NewSectionReader(r, at, size)}, nil }
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
