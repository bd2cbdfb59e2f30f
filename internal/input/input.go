// Package input makes the numbers that variants are checked and timed on: a pure function
// of seed, profile, shape, tensor name and element. Any process makes the same numbers, and
// all variants of one shape see the same tensors, whatever their mask and rule.
package input

import (
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// Profiles lists the distributions, the default first.
//
//   - gaussian: Q, K and V are N(0, 1).
//   - positive: V is |N(0, 1)|, so that errors of the weights do not cancel in
//     the mean.
//   - peaky: Q is N(0, 8²), so that softmax is near one-hot.
//   - outliers: every tensor is N(0, 1), and one element in a thousand has N(0, 10²) added.
//   - local: Q and K are random features of their positions and a little noise, so
//     that scores fall with distance (see addPosition).
func Profiles() []string { return []string{"gaussian", "positive", "peaky", "outliers", "local"} }

// Args returns packed Q, K, V and, where p asks for them, Bias, Decay and Beta of p's
// shape in the given profile, and an Out of zeros.
func Args(p attn.Problem, profile string, seed uint64) (attn.Args, error) {
	if !slices.Contains(Profiles(), profile) {
		return attn.Args{}, fmt.Errorf("profile %q: want %s", profile, strings.Join(Profiles(), ", "))
	}
	a := attn.NewArgs(p)
	for _, t := range []struct {
		name string
		data []float32
	}{{"decay", a.Decay.Data}, {"beta", a.Beta.Data}, {"q", a.Q.Data}, {"k", a.K.Data}, {"v", a.V.Data}, {"bias", a.Bias.Data}} {
		key := tensorKey(p, profile, seed, t.name)
		inParts(len(t.data), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				t.data[i] = element(profile, t.name, key, uint64(i))
			}
		})
	}
	if profile == "local" {
		addPosition(a.Q, seed, p.KVLen-p.QLen)
		addPosition(a.K, seed, 0)
	}
	if p.Rule.Delta {
		unit(a.K)
	}
	return a, nil
}

// partSize is what a goroutine makes at a time: a float takes some 50 ns.
const partSize = 1 << 14

// inParts calls f for parts of 0 to n on all cores.
func inParts(n int, f func(lo, hi int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+partSize-1)/partSize) {
		all.Go(func() {
			for {
				lo := int(next.Add(partSize)) - partSize
				if lo >= n {
					return
				}
				f(lo, min(n, lo+partSize))
			}
		})
	}
	all.Wait()
}

// unit scales the rows to length 1, as delta rules expect of their keys: a longer key would
// make the state grow without bound.
func unit(t attn.Tensor) {
	d := t.Shape[3]
	for at := 0; at < len(t.Data); at += d {
		row := t.Data[at : at+d]
		sum := 0.0
		for _, x := range row {
			sum += float64(x) * float64(x)
		}
		for c := range row {
			row[c] = float32(float64(row[c]) / math.Sqrt(sum))
		}
	}
}

// tensorKey hashes everything but the element.
func tensorKey(p attn.Problem, profile string, seed uint64, name string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %d %d %d %d %d %d %d", seed, profile, name,
		p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim)
	return h.Sum64()
}

// element is the i-th number of the tensor with the given key.
func element(profile, name string, key, i uint64) float32 {
	x := normal(key, 2*i)
	switch {
	case name == "decay": // half of them keep more than 0.9, one in forty less than a tenth
		return float32(-math.Exp(1.6*x - 2.3))
	case name == "beta":
		return float32(1 / (1 + math.Exp(-x)))
	case profile == "positive" && name == "v":
		x = math.Abs(x)
	case profile == "peaky" && name == "q":
		x *= 8
	case profile == "local" && (name == "q" || name == "k"):
		x /= 2
	case profile == "outliers":
		other := key ^ 0x6f75746c69657273 // an independent stream
		if uniform(mask.Mix(other+mask.Mix(3*i))) < 0.001 {
			x += 10 * normal(other, 3*i+1)
		}
	}
	return float32(x)
}

// normal is N(0, 1) from two uniforms, counters i and i+1 under key (Box and Muller 1958).
func normal(key, i uint64) float64 {
	r := math.Sqrt(-2 * math.Log(uniform(mask.Mix(key+mask.Mix(i)))))
	return r * math.Cos(2*math.Pi*uniform(mask.Mix(key+mask.Mix(i+1))))
}

// uniform is in (0, 1), from the upper 53 bits.
func uniform(x uint64) float64 { return (float64(x>>11) + 0.5) / (1 << 53) }
