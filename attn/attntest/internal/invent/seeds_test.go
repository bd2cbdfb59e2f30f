package invent

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// The bytes of a seed mean what they are to mean only as long as the choices keep their order.
func TestRampSeedsAreLargeScoresAtTheDefaultScale(t *testing.T) {
	seen := map[string]bool{}
	plain := func(c Case) bool {
		_, scaled := c.P.Scale.Explicit()
		return c.P.Rule == (attn.Rule{}) && !scaled && len(c.P.Modifiers()) == 0 && c.P.HeadDim%16 == 0 && c.P.QLen > 1
	}
	for _, data := range RampSeeds() {
		c := Forward(&Bytes{data})
		if m := c.P.VisibilityMask(); !plain(c) || m != attn.Full() && m != attn.Causal() {
			t.Errorf("%v is no large score at the default scale", c)
		}
		seen[c.P.VisibilityMask().String()+", "+c.Profile] = true
	}
	for _, data := range RampStateSeeds() {
		s := &Bytes{data}
		c := State(s)
		if !plain(c) || len(s.Rest) != 12 || c.P.VisibilityMask() != attn.Causal() {
			t.Errorf("%v, then %v: want a State of large scores and four calls", c, s.Rest)
		}
		seen["state, "+c.Profile] = true
	}
	for _, ramp := range kit.Ramps() {
		for _, of := range []string{"full, ", "causal, ", "state, "} {
			if !seen[of+ramp] {
				t.Errorf("no seed is %s%s", of, ramp)
			}
		}
	}
}
