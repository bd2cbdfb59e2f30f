package kit

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// Inconsistent returns Problems that must be refused, by the field that the error names.
func Inconsistent() map[string]attn.Problem {
	ok := Problem(2, 4, 2, 8, 8, 4, 4)
	set := func(f func(*attn.Problem)) attn.Problem { p := ok; f(&p); return p }
	return map[string]attn.Problem{
		"Batch":      set(func(p *attn.Problem) { p.Batch = 0 }),
		"QHeads":     set(func(p *attn.Problem) { p.QHeads = 3 }),
		"KVHeads":    set(func(p *attn.Problem) { p.KVHeads = -1 }),
		"QLen":       set(func(p *attn.Problem) { p.QLen = 0 }),
		"KVLen":      set(func(p *attn.Problem) { p.KVLen = -7 }),
		"HeadDim":    set(func(p *attn.Problem) { p.HeadDim = attn.MaxHeadDim + 1 }),
		"ValueDim":   set(func(p *attn.Problem) { p.ValueDim = 0 }),
		"overflows":  set(func(p *attn.Problem) { p.Batch, p.QLen, p.KVLen = 1<<20, math.MaxInt32, math.MaxInt32 }),
		"Mask":       set(func(p *attn.Problem) { p.Mask = attn.Window{Left: -2} }),
		"sinks":      set(func(p *attn.Problem) { p.Mask = mask.Or(attn.Causal(), mask.Sinks{Tokens: -1}) }),
		"QueryStart": set(func(p *attn.Problem) { p.QueryStart = []int{1} }),
		"KVLens":     set(func(p *attn.Problem) { p.KVLens = []int{3, 9} }),
		"Scale":      set(func(p *attn.Problem) { p.Scale = attn.ScaleOf(float32(math.Inf(1))) }),
		"Softcap":    set(func(p *attn.Problem) { p.Softcap = -1 }),
		"ALiBi":      set(func(p *attn.Problem) { p.ALiBi = []float32{1} }),
		"Bias":       set(func(p *attn.Problem) { p.Bias = attn.BiasShape{Batch: 1, Heads: 3} }),
		"SinkLogits": set(func(p *attn.Problem) { p.SinkLogits = make([]float32, 5) }),
		"LogDecay": set(func(p *attn.Problem) {
			p.Mask, p.Rule = attn.Causal(), attn.Rule{Kind: attn.Recurrent, Decay: attn.FixedDecay}
			p.LogDecay = []float32{-1, 0.5}
		}),
		"Rule": set(func(p *attn.Problem) { p.Rule = attn.Rule{Kind: attn.Linear, Eps: -1} }),
	}
}

// PanicOf returns what f panics with; nil where f returns.
func PanicOf(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}

// NoMisuse says why what a call panicked with is no [attn.MisuseError] that names the
// tensor; "" where it is one. Nil stands for a call that returned.
func NoMisuse(caught any, tensor string) string {
	err, _ := caught.(error)
	var misuse *attn.MisuseError
	switch {
	case caught == nil:
		return "does not panic"
	case !errors.As(err, &misuse):
		return fmt.Sprintf("panics with %v, which is no attn.MisuseError", caught)
	case !strings.Contains(misuse.Error(), tensor) || strings.Contains(misuse.Error(), "\n"):
		return fmt.Sprintf("panics with %q, which does not name %s in a line", misuse, tensor)
	}
	return ""
}
