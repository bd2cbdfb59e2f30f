package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/machine"
	"attnbench/harness/report"
)

// probes are small Problems, each with one thing to support. A variant supports what its
// Plan accepts.
var probes = []struct {
	name string
	set  func(*attn.Problem)
}{
	{"full", func(p *attn.Problem) { p.Mask = attn.Full() }},
	{"causal", func(p *attn.Problem) { p.Mask = attn.Causal() }},
	{"window", func(p *attn.Problem) { p.Mask = attn.Window{Left: 3, Right: 1} }},
	{"every mask", func(p *attn.Problem) {
		p.Mask = mask.Predicate("any", func(_, _, q, k int) bool { return (q^k)&1 == 0 })
	}},
	{"GQA", func(p *attn.Problem) { p.QHeads = 4 }},
	{"Nq != Nk", func(p *attn.Problem) { p.QLen = 5 }},
	{"Dv != D", func(p *attn.Problem) { p.ValueDim = 5 }},
	{"scale", func(p *attn.Problem) { p.Scale = attn.ScaleOf(1) }},
	{"kv lengths", func(p *attn.Problem) { p.KVLens = []int{3} }},
	{"query start", func(p *attn.Problem) { p.QueryStart = []int{0} }},
	{"softcap", func(p *attn.Problem) { p.Softcap = 30 }},
	{"ALiBi", func(p *attn.Problem) { p.ALiBi = make([]float32, p.QHeads) }},
	{"sink logits", func(p *attn.Problem) { p.SinkLogits = make([]float32, p.QHeads) }},
}

// supports names the typical rule of v, the probes of that rule that v can plan, and
// whether v can make a State.
func supports(v attn.Variant) (rule string, can []string) {
	base := attn.TypicalOf(v, attn.Problem{
		Batch: 1, QHeads: 2, KVHeads: 2, QLen: 8, KVLen: 8, HeadDim: 4, ValueDim: 4, Mask: attn.Causal(),
	})
	for _, probe := range probes {
		p := base
		probe.set(&p)
		if _, err := v.Plan(p, attn.Options{}); err == nil {
			can = append(can, probe.name)
		}
	}
	if d, ok := v.(attn.Decoder); ok {
		one := base
		one.QLen, one.KVLen = 1, 1
		if _, err := d.NewState(one, attn.Options{}); err == nil {
			can = append(can, "decoding")
		}
	}
	return base.Rule.String(), can
}

// list prints the variants and what each supports, the kernel sets, and the machine.
func (a *app) list() error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VARIANT\tRULE\tSETS\tSUPPORTS")
	for _, v := range a.variants {
		rule, can := supports(v)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.Name(), rule, strings.Join(attn.ISAsOf(v), ","), strings.Join(can, ", ")+remarks(v))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nkernel sets of this machine: %s\n", strings.Join(isas(a.variants), ", "))
	m := machine.Describe()
	for _, line := range []struct{ name, value string }{
		{"CPU", m.CPU}, {"features", strings.Join(m.Features, " ")},
		{"L1d cache", report.Bytes(m.L1dBytes)}, {"L2 cache", report.Bytes(m.L2Bytes)}, {"L3 cache", report.Bytes(m.L3Bytes)},
		{"memory", report.Bytes(m.MemoryBytes)},
	} {
		if line.value != "" && line.value != report.Bytes(0) {
			fmt.Fprintf(a.stdout, "%s: %s\n", line.name, line.value)
		}
	}
	fmt.Fprintf(a.stdout, "cores: %d\n%s, %s/%s\n", m.Cores, m.GoVersion, m.OS, m.Arch)
	for _, warning := range m.Warnings(m.Cores) {
		fmt.Fprintf(a.stdout, "warning: %s\n", warning)
	}
	return nil
}

func remarks(v attn.Variant) string {
	t := attn.TraitsOf(v)
	list := t.Words()
	if t.OnRequest {
		list = append([]string{"on request"}, list...)
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}
