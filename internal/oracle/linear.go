package oracle

import "attnbench/attn"

// linear is one row of kernelized attention (Katharopoulos et al. 2020, equation 4):
//
//	out = Σ_j (phi(q)·phi(k_j)) v_j / (Σ_j phi(q)·phi(k_j) + eps)
//
// over the visible keys. A first state S0, z0 stands for the keys before them: it adds
// phi(q)ᵀS0 above and phi(q)·z0 below the line, under FAVOR+ both times e^c, c LogScale0.
func linear[T Float](p *attn.Problem, a *attn.Args, r Row, keys []int, out []T) rowWeights[T] {
	w := linearWeights[T](p, a, r, keys)
	clear(out)
	for n, weight := range w.keys {
		for c, v := range a.V.Row(r.B, p.KVHead(r.H), keys[n]) {
			out[c] += weight * T(v)
		}
	}
	for i, x := range w.state {
		for c, s := range a.State0.Row(r.B, p.KVHead(r.H), i) {
			out[c] += x * T(s)
		}
	}
	divide(out, w.sum)
	return w
}

func linearWeights[T Float](p *attn.Problem, a *attn.Args, r Row, keys []int) rowWeights[T] {
	if p.Rule.Feature == attn.Favor {
		return favorWeights[T](p, a, r, keys)
	}
	q, g := featureMap[T](p, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	w := rowWeights[T]{keys: make([]T, len(keys))}
	var k []T
	for n, j := range keys {
		k = featuresInto(k, p, a.K.Row(r.B, g, j))
		w.keys[n] = dot(q, k)
		w.sum += w.keys[n]
	}
	if a.State0.Data != nil {
		w.state = q
		w.sum += dot(q, wide[T](a.Norm0.Row(r.B, g, 0)))
	}
	w.sum += T(p.Rule.Eps)
	return w
}
