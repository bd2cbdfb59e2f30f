package check

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"

	"attnbench/attn"
	"attnbench/internal/guard"
)

// inputs are the tensors that a call may read and must not write.
var inputs = []struct {
	name string
	of   func(attn.Args) []float32
}{
	{"Q", func(a attn.Args) []float32 { return a.Q.Data }},
	{"K", func(a attn.Args) []float32 { return a.K.Data }},
	{"V", func(a attn.Args) []float32 { return a.V.Data }},
	{"Bias", func(a attn.Args) []float32 { return a.Bias.Data }},
	{"Decay", func(a attn.Args) []float32 { return a.Decay.Data }},
	{"Beta", func(a attn.Args) []float32 { return a.Beta.Data }},
	{"Projection", func(a attn.Args) []float32 { return a.Projection.Data }},
	{"State0", func(a attn.Args) []float32 { return a.State0.Data }},
	{"Norm0", func(a attn.Args) []float32 { return a.Norm0.Data }},
	{"LogScale0", func(a attn.Args) []float32 { return a.LogScale0 }},
}

// InputDigest is a digest of each input.
type InputDigest []uint64

// DigestInputs makes the digests of a's inputs.
func DigestInputs(a attn.Args) (d InputDigest) {
	for _, x := range inputs {
		d = append(d, guard.Digest(x.of(a)))
	}
	return d
}

// Changed says in words which of the inputs has changed since; empty where none has.
func (d InputDigest) Changed(a attn.Args) string {
	for i, now := range DigestInputs(a) {
		if now != d[i] {
			return "changed its input " + inputs[i].name
		}
	}
	return ""
}

// OutputDigest is a digest of the bits of an output, the same in any process.
func OutputDigest(out attn.Tensor) string {
	h := fnv.New64a()
	var b [4]byte
	for _, x := range out.Data {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
		h.Write(b[:])
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
