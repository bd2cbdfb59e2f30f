package tensorfile

import (
	"encoding/binary"
	"math"

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
