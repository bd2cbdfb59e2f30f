package check

import (
	"attnbench/attn"
	"attnbench/internal/guard"
)

// inputNames are the tensors that a call may read and must not write.
var inputNames = [...]string{"Q", "K", "V", "Bias", "Decay", "Beta", "Projection", "State0", "Norm0"}

// InputDigest is a digest of each input.
type InputDigest [len(inputNames)]uint64

// DigestInputs makes the digests of a's inputs.
func DigestInputs(a attn.Args) (d InputDigest) {
	for i, t := range [len(inputNames)]*attn.Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta, &a.Projection, &a.State0, &a.Norm0} {
		d[i] = guard.Digest(t.Data)
	}
	return d
}

// Changed says in words which of the inputs has changed since; empty where none has.
func (d InputDigest) Changed(a attn.Args) string {
	for i, now := range DigestInputs(a) {
		if now != d[i] {
			return "changed its input " + inputNames[i]
		}
	}
	return ""
}
