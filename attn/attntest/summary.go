package attntest

import (
	"fmt"
	"maps"
	"strings"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// feature is something that a case has or has not.
type feature struct {
	name string // what a case "has"
	has  func(kit.Case) bool
	// plain features belong to the Problem, which Plan may refuse; the numbers do not.
	plain bool
}

// features go from the rule and the mask to the shape: of two that tell the failing cases
// apart equally well the first is named.
var features = []feature{
	of("a rule other than softmax", func(p *attn.Problem) bool { return p.Rule.Kind != attn.Softmax }),
	of("a recurrent rule", func(p *attn.Problem) bool { return p.Rule.Kind == attn.Recurrent }),
	of("a linear rule", func(p *attn.Problem) bool { return p.Rule.Kind == attn.Linear }),
	of("a delta rule", func(p *attn.Problem) bool { return p.Rule.Delta }),
	of("a decay", func(p *attn.Problem) bool { return p.Rule.Decay != attn.NoDecay }),
	of("a linear rule with a feature map other than elu+1", func(p *attn.Problem) bool { return p.Rule.Feature != 0 }),
	of("a softmax rule", func(p *attn.Problem) bool { return p.Rule.Kind == attn.Softmax }),
	of("a mask other than full or causal", func(p *attn.Problem) bool { return !isFull(p) && !isCausal(p) }),
	of("a mask other than full", func(p *attn.Problem) bool { return !isFull(p) }),
	of("a mask other than causal", func(p *attn.Problem) bool { return !isCausal(p) }),
	of("a mask other than full, causal or a window", func(p *attn.Problem) bool { return !isFull(p) && !isCausal(p) && !isWindow(p) }),
	of("the full mask", isFull),
	of("the causal mask", isCausal),
	of("a window", isWindow),
	of("a Bias", func(p *attn.Problem) bool { return p.Bias != attn.BiasShape{} }),
	of("SinkLogits", func(p *attn.Problem) bool { return p.SinkLogits != nil }),
	of("ALiBi", func(p *attn.Problem) bool { return p.ALiBi != nil }),
	of("a Softcap", func(p *attn.Problem) bool { return p.Softcap != 0 }),
	of("an explicit Scale", func(p *attn.Problem) bool { _, set := p.Scale.Explicit(); return set }),
	of("a score modifier (Softcap, ALiBi, Bias or SinkLogits)", func(p *attn.Problem) bool { return p.HasScoreModifiers() || p.SinkLogits != nil }),
	of("KVLens", func(p *attn.Problem) bool { return p.KVLens != nil }),
	of("QueryStart", func(p *attn.Problem) bool { return p.QueryStart != nil }),
	of("KVLens or QueryStart", func(p *attn.Problem) bool { return p.KVLens != nil || p.QueryStart != nil }),
	of("more query heads than kv heads", func(p *attn.Problem) bool { return p.QHeads > p.KVHeads }),
	of("more than one batch entry", func(p *attn.Problem) bool { return p.Batch > 1 }),
	of("a QLen other than KVLen", func(p *attn.Problem) bool { return p.QLen != p.KVLen }),
	of("more queries than keys", func(p *attn.Problem) bool { return p.QLen > p.KVLen }),
	of("a ValueDim other than HeadDim", func(p *attn.Problem) bool { return p.ValueDim != p.HeadDim }),
	of("a HeadDim or ValueDim that is no multiple of 16", func(p *attn.Problem) bool { return p.HeadDim%16 != 0 || p.ValueDim%16 != 0 }),
	of("a HeadDim or ValueDim that is no multiple of 8", func(p *attn.Problem) bool { return p.HeadDim%8 != 0 || p.ValueDim%8 != 0 }),
	of("a QLen that is no multiple of 16", func(p *attn.Problem) bool { return p.QLen%16 != 0 }),
	of("a KVLen that is no multiple of 16", func(p *attn.Problem) bool { return p.KVLen%16 != 0 }),
	of("a KVLen above 16", func(p *attn.Problem) bool { return p.KVLen > 16 }),
	of("a KVLen above 64", func(p *attn.Problem) bool { return p.KVLen > 64 }),
	{name: "scores beyond ±100", has: func(c kit.Case) bool { return c.HasRamp() }},
	{name: "peaky numbers", has: func(c kit.Case) bool { return c.Profile == "peaky" }},
}

func of(name string, has func(*attn.Problem) bool) feature {
	return feature{name, func(c kit.Case) bool { return has(&c.P) }, true}
}

func isFull(p *attn.Problem) bool   { return p.VisibilityMask() == attn.Full() }
func isCausal(p *attn.Problem) bool { return p.VisibilityMask() == attn.Causal() }
func isWindow(p *attn.Problem) bool {
	_, ok := p.Mask.(attn.Window)
	return ok && !isFull(p) && !isCausal(p)
}

// manyCases is from how many failing cases on a summary is worth reading.
const manyCases = 4

// summary says of the failing and of the unsupported cases of results how many there are and
// what they have in common; "" where there are few.
func summary(results []Result) string {
	failed, passed, refused := distinct{}, distinct{}, distinct{}
	for _, r := range results {
		for _, n := range r.failed {
			failed.add(n.Case)
		}
		for _, c := range r.passed {
			passed.add(c)
		}
		for _, c := range r.refused {
			refused.add(c)
		}
	}
	for name := range failed {
		delete(passed, name) // in another rule
		delete(refused, name)
	}
	var lines []string
	if len(failed) >= manyCases {
		common, plain := common(failed, passed, "pass")
		text := fmt.Sprintf("%d of %d cases fail. %s", len(failed), len(failed)+len(passed), common)
		if plain {
			text += ": return errors.ErrUnsupported for these, or compute them right"
		}
		lines = append(lines, text+".")
	}
	if ran := passed.and(failed); len(refused) >= manyCases && len(ran) > 0 {
		common, _ := common(refused, ran, "run")
		lines = append(lines, fmt.Sprintf("%d of %d cases are unsupported. %s.", len(refused), len(refused)+len(ran), common))
	}
	return strings.Join(lines, "\n")
}

// distinct are cases by their names.
type distinct map[string]kit.Case

func (d distinct) add(c kit.Case) {
	if c.P.Batch > 0 { // else the violation belongs to no case
		d[c.String()] = c
	}
}

// and is d and e together.
func (d distinct) and(e distinct) distinct {
	both := maps.Clone(d)
	maps.Copy(both, e)
	return both
}

// common says what cases have that others, which do something else, mostly lack: one feature
// that all of them have, or a few of which each has one. plain means that Plan could refuse
// by these features.
func common(cases, others distinct, do string) (text string, plain bool) {
	left := maps.Clone(cases)
	var parts []string
	plain = true
	for len(left) > 0 && len(parts) < 4 {
		best, gain := feature{}, 0
		for _, f := range features {
			has, have := count(left, f), count(others, f)
			if has-have > gain && have <= has/2 {
				best, gain = f, has-have
			}
		}
		if gain == 0 {
			break
		}
		part := fmt.Sprintf("%d have %s", count(left, best), best.name)
		if n := count(others, best); n > 0 {
			part += fmt.Sprintf(" (as have %d of the %d that %s)", n, len(others), do)
		}
		parts, plain = append(parts, part), plain && best.plain
		maps.DeleteFunc(left, func(_ string, c kit.Case) bool { return best.has(c) })
	}
	switch {
	case len(parts) == 0:
		return fmt.Sprintf("They have nothing in common that those lack that %s", do), false
	case len(left) > 0:
		parts, plain = append(parts, fmt.Sprintf("%d have nothing in common", len(left))), false
	case len(parts) == 1:
		return "All " + parts[0], plain
	}
	return "Of these " + strings.Join(parts, ", "), plain
}

func count(cases distinct, f feature) (n int) {
	for _, c := range cases {
		if f.has(c) {
			n++
		}
	}
	return n
}
