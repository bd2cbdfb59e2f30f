package result

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Identity is what tells one planned or measured point from another.
type Identity struct {
	Provider, Variant, ISA string
	Workers                int
	Workload               string
	Chunk                  int
	Problem                Problem
	Input                  string
	Seed                   uint64
}

// Identity is what tells p from other points.
func (p Point) Identity() Identity {
	workload := p.Workload
	if workload == "" { // schema 1
		switch workload = WorkloadForward; {
		case p.Phase == PhaseDecode:
			workload = WorkloadDecode
		case p.Chunk > 0:
			workload = WorkloadPrefill
		}
	}
	return Identity{p.Provider, p.Variant, p.ISA, p.Workers, workload, p.Chunk, p.Problem, p.Input, p.Seed}
}

// Identity is what tells r from other recalls. It leaves out what a recall does not depend
// on: kernel set, workers, heads, batch.
func (r Recall) Identity() Identity {
	p := r.Problem
	p.Batch, p.QHeads, p.KVHeads, p.QLen = 0, 0, 0, 0
	return Identity{Variant: r.Variant, Workload: KindRecall, Problem: p, Seed: r.Seed}
}

// group is the points that stand in one table: forward and selection together.
func (id Identity) group() string {
	if id.Workload == WorkloadSelection {
		return WorkloadForward
	}
	return id.Workload
}

// naming is one thing that a label can name beside the variant. What may follow from the
// length or from what is named before, as the typical mask or the decay of a rule do, is
// compared only between points that are alike in these.
type naming struct {
	follows bool
	word    func(Identity) string // empty: unknown, or does not apply
}

// namings are in the order in which a label names them.
var namings = []naming{
	{true, func(id Identity) string { return id.Problem.Mask }},
	{false, func(id Identity) string { return id.Problem.Rule }},
	{false, func(id Identity) string { return id.ISA }},
	{false, func(id Identity) string { return counted(id.Workers, "worker", "workers") }},
	{false, func(id Identity) string {
		if id.group() == WorkloadForward {
			return id.Workload
		}
		return "" // tables and plots of their own
	}},
	{false, func(id Identity) string {
		if q, kv := id.Problem.QHeads, id.Problem.KVHeads; q != kv {
			return fmt.Sprintf("%d/%d heads", q, kv)
		}
		return counted(id.Problem.QHeads, "head", "heads")
	}},
	{false, func(id Identity) string {
		if d, dv := id.Problem.HeadDim, id.Problem.ValueDim; d != dv {
			return fmt.Sprintf("d = %d/%d", d, dv)
		}
		return fmt.Sprintf("d = %d", id.Problem.HeadDim)
	}},
	{false, func(id Identity) string { return prefixed("batch ", id.Problem.Batch) }},
	{false, func(id Identity) string { return id.Input }},
	{false, func(id Identity) string {
		if id.Problem.DType == id.Problem.KVDType {
			return id.Problem.DType
		}
		return id.Problem.DType + "/" + id.Problem.KVDType
	}},
	{true, func(id Identity) string { return strings.Join(id.Problem.Modifiers, " ") }},
	{true, func(id Identity) string { return counted(id.Problem.QLen, "query", "queries") }},
	{true, func(id Identity) string { return prefixed("in chunks of ", id.Chunk) }},
	{false, func(id Identity) string { return "seed " + strconv.FormatUint(id.Seed, 10) }},
	{false, func(id Identity) string { return id.Provider }},
}

func counted(n int, one, many string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func prefixed(word string, n int) string {
	if n == 0 {
		return ""
	}
	return word + strconv.Itoa(n)
}

// Labels names curves, each by its variant and whatever else tells the points of that
// variant apart.
type Labels struct {
	names map[string][]naming // by variant
}

// NewLabels looks for what differs within the points and recalls of one report.
func NewLabels(all []Identity) Labels {
	l := Labels{map[string][]naming{}}
	variant := make([]string, len(all))
	for i, id := range all {
		variant[i] = id.group() + "\x00" + id.Variant
	}
	apart := slices.Clone(variant) // all that is named of each point so far
	for _, n := range namings {
		among := variant
		if n.follows {
			among = apart
		}
		named := n.differs(all, among)
		for name := range named {
			l.names[name] = append(l.names[name], n)
		}
		for i, id := range all {
			if named[id.Variant] {
				apart[i] += "\x00" + n.word(id)
			}
		}
	}
	return l
}

// differs are the variants of which two points that are alike so far have different words.
func (n naming) differs(all []Identity, alike []string) map[string]bool {
	type place struct {
		alike  string
		length int
	}
	words, variants := map[place]string{}, map[string]bool{}
	for i, id := range all {
		at := place{alike: alike[i]}
		if n.follows {
			at.length = id.Problem.KVLen
		}
		word := n.word(id)
		if before, known := words[at]; known && before != word {
			variants[id.Variant] = true
		}
		words[at] = word
	}
	return variants
}

// Of is the label of one of the points, or of a point like them.
func (l Labels) Of(id Identity) string {
	words := []string{cmp.Or(id.Variant, "unnamed")}
	for _, n := range l.names[id.Variant] {
		if word := n.word(id); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
