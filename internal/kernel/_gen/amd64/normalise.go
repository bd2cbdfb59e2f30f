package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// normalise emits the denominators of linear attention (Katharopoulos et al. 2020, section
// 3.4): the running sum of the key features and its products with the query features,
//
//	z_t = z_(t-1) + k_t    den_t = q_t·z_t = Σ_{s<=t} q_t·k_s
//
// q, k [tokens, M] are features and share a row stride, z [M] is carried from call to
// call, den [tokens]. The token's own key is in its denominator.
//
// z stays in memory, a few lines of L1, as M has no bound. A vector of a token takes 3
// loads, an add, a store and a multiply-add. The products go to 2 sums in turn, which hide
// part of a multiply-add's latency, and are reduced across lanes once a token. Rows are
// padded with zeros to whole vectors: 0·0 adds nothing.
func (e *emitter) normalise() {
	e.begin("normalise", "func(den, z, q, k *float32, ldf, m, tokens int)", `keeps z = Σ k and computes the denominators; rows of q, k and z are padded with zeros to whole vectors, m counts the padded elements:
	for t := range tokens {
		den[t] = 0
		for i := range m {
			z[i] += k[t*ldf+i]
			den[t] += q[t*ldf+i] * z[i]
		}
	}`)
	den, z, q, k := e.param("den"), e.param("z"), e.param("q"), e.param("k")
	ldf, m, tokens := e.stride("ldf"), e.stride("m"), e.param("tokens")
	e.loop(tokens, 1, func(int) {
		sums := e.vecs(2)
		e.zero(sums...)
		i, n := e.GP64(), e.GP64()
		e.XORQ(i, i)
		e.MOVQ(m, n)
		e.SHRQ(operand.U8(log2(e.bytes())), n)
		e.loop(n, 2, func(steps int) {
			for j := range steps {
				cell := func(base reg.GPVirtual) operand.Mem {
					return operand.Mem{Base: base, Index: i, Scale: 1, Disp: j * e.bytes()}
				}
				v, w := e.vec(), e.vec()
				e.VMOVUPS(cell(z), v)
				e.VADDPS(cell(k), v, v)
				e.VMOVUPS(v, cell(z))
				e.VMOVUPS(cell(q), w)
				e.VFMADD231PS(w, v, sums[j])
			}
			e.ADDQ(operand.I32(steps*e.bytes()), i)
		})
		e.VADDPS(sums[1], sums[0], sums[0])
		e.VMOVSS(e.horizontal(sums[0]), operand.Mem{Base: den})
		e.ADDQ(operand.I32(4), den)
		e.ADDQ(ldf, q)
		e.ADDQ(ldf, k)
	})
	e.end()
}
