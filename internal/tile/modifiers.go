package tile

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// Modifiers is what a Problem puts between q·k and softmax, but for the additive bias: the
// scale, softcap, then ALiBi (attn's order of operations), and a sink logit. A modifier that
// is off costs nothing.
type Modifiers struct {
	Scale float32 // the caller folds it into Q

	set     *kernel.Set
	softcap float32   // 0: none
	slopes  []float32 // [Hq], of ALiBi
	sinks   []float32 // [Hq], sink logits
}

// NewModifiers returns the modifiers of p.
func NewModifiers(set *kernel.Set, p *attn.Problem) Modifiers {
	return Modifiers{Scale: float32(p.Scale.Value(p.HeadDim)), set: set, softcap: p.Softcap, slopes: p.ALiBi, sinks: p.SinkLogits}
}

// Panel modifies s [keys, L], whose lanes are query rows of head h at successive
// positions. Lane 0 stands distance past key 0.
func (x *Modifiers) Panel(s []float32, keys, h, distance int) {
	if x.softcap != 0 {
		x.set.Softcap(s, keys, x.softcap)
	}
	if x.slopes != nil {
		x.set.ALiBi(s, keys, float32(distance), x.slopes[h])
	}
}

// Row modifies s [keys] of one query row of head h. The query stands distance past key 0,
// and no key stands past the query. Row may overwrite up to a panel of further elements.
func (x *Modifiers) Row(s []float32, keys, h, distance int) {
	if x.softcap != 0 {
		x.set.Softcap(s, (keys+x.set.Lanes-1)/x.set.Lanes, x.softcap)
	}
	if x.slopes != nil {
		for j := range s[:keys] {
			s[j] -= x.slopes[h] * float32(distance-j)
		}
	}
}

// Sink is the first maximum m and the first sum l of a row of head h: those of the sink
// logit, or -Inf and 0.
func (x *Modifiers) Sink(h int) (m, l float32) {
	if x.sinks == nil {
		return float32(math.Inf(-1)), 0
	}
	return x.sinks[h], 1
}
