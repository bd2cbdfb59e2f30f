// Package compare holds two runs of one sweep against each other, point by point: as after a
// change of the code, or of the machine.
package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// Row is one point that both runs have.
type Row struct {
	Label string // the series, by what differs within both runs
	N     int    // tokens
	verdict.Change
	// What became of the point in each run: without ok it has no time there.
	OldStatus, NewStatus result.Status
}

// Comparison is what became of the points of an old run in a new one.
type Comparison struct {
	Old, New verdict.Run
	Rows     []Row // in the order of the new run
	// OnlyOld and OnlyNew name points that the other run lacks.
	OnlyOld, OnlyNew []string
	// Machines says in a few words each what differs between the machines.
	Machines []string
}

// Of compares the points that have one key. It is an error where there are none.
func Of(old, new result.Sweep) (Comparison, error) {
	c := Comparison{Old: verdict.Of(old), New: verdict.Of(new), Machines: result.MachinesDiffer(old.Run.Machine, new.Run.Machine)}
	var all []result.Identity
	before, after := map[string]result.Point{}, map[string]bool{}
	for _, p := range old.Points {
		all, before[p.Key] = append(all, p.Identity()), p
	}
	for _, p := range new.Points {
		all, after[p.Key] = append(all, p.Identity()), true
	}
	labels := result.NewLabels(all)
	name := func(p result.Point) string {
		return fmt.Sprintf("%s at %d tokens", labels.Of(p.Identity()), p.Problem.KVLen)
	}
	var pairs []verdict.Pair
	for _, p := range new.Points {
		was, both := before[p.Key]
		if !both {
			c.OnlyNew = append(c.OnlyNew, name(p))
			continue
		}
		pairs = append(pairs, verdict.Pair{A: was, B: p})
		c.Rows = append(c.Rows, Row{Label: labels.Of(p.Identity()), N: p.Problem.KVLen, OldStatus: was.Status, NewStatus: p.Status})
	}
	for _, p := range old.Points {
		if !after[p.Key] {
			c.OnlyOld = append(c.OnlyOld, name(p))
		}
	}
	if len(pairs) == 0 {
		return c, apart(old, new)
	}
	for i, change := range verdict.Changes(c.Old, c.New, pairs) {
		c.Rows[i].Change = change
	}
	return c, nil
}

// apart says what keeps two runs from having a point in common.
func apart(old, new result.Sweep) error {
	switch {
	case len(old.Points) == 0:
		return errors.New("the old run has no points")
	case len(new.Points) == 0:
		return errors.New("the new run has no points")
	}
	// The point that has most in common with the first one tells the difference.
	had, has := differing(old.Points[0].Key, new.Points[0].Key)
	for _, p := range new.Points[1:] {
		if a, b := differing(old.Points[0].Key, p.Key); len(a)+len(b) < len(had)+len(has) {
			had, has = a, b
		}
	}
	return fmt.Errorf("no point is in both runs: different keys: %q in the old one, %q in the new one", strings.Join(had, " "), strings.Join(has, " "))
}

// differing are the words of a that b lacks, and those of b that a lacks.
func differing(a, b string) (had, has []string) {
	had, has = strings.Fields(a), strings.Fields(b)
	common := func(word string) bool {
		return slices.Contains(strings.Fields(a), word) && slices.Contains(strings.Fields(b), word)
	}
	return slices.DeleteFunc(had, common), slices.DeleteFunc(has, common)
}

// Count is the number of rows with a verdict.
func (c Comparison) Count(v verdict.Verdict) (n int) {
	for _, r := range c.Rows {
		if r.Verdict == v {
			n++
		}
	}
	return n
}
