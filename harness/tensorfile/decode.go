package tensorfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/x448/float16"
)

// dtype is how a file stores an element.
type dtype struct {
	size    int
	float32 func([]byte) float32
}

func f16(order binary.ByteOrder) dtype {
	return dtype{2, func(b []byte) float32 { return float16.Frombits(order.Uint16(b)).Float32() }}
}

func f32(order binary.ByteOrder) dtype {
	return dtype{4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) }}
}

func f64(order binary.ByteOrder) dtype {
	return dtype{8, func(b []byte) float32 { return float32(math.Float64frombits(order.Uint64(b))) }}
}

// bf16 is the upper half of a float32.
var bf16 = dtype{2, func(b []byte) float32 {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}}

// decode converts payload, which must be exactly as long as shape says.
func decode(t dtype, shape []int, payload []byte) (array, error) {
	n, err := elements(shape)
	if err != nil {
		return array{}, err
	}
	switch have := len(payload) / t.size; {
	case have < n:
		return array{}, fmt.Errorf("is truncated: shape %v needs %d elements, and the file holds %d", shape, n, have)
	case len(payload) != n*t.size:
		return array{}, fmt.Errorf("holds %d bytes after an array of shape %v", len(payload)-n*t.size, shape)
	}
	a := array{shape, make([]float32, n)}
	for i := range a.data {
		a.data[i] = t.float32(payload[i*t.size:])
	}
	return a, nil
}

// elements is the product of shape; no dimension may be 0 or negative.
func elements(shape []int) (int, error) {
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
