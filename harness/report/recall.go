package report

import (
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// recallTable is a count of exact retrievals for every series: a column for each
// number of pairs, or for each distance.
type recallTable struct {
	Heads []string
	Rows  []recallRow
}

type recallRow struct {
	Name, Computes, State string
	Shares                []string // empty where the record lacks the column
}

// recallView is what the section shows; without rows there is no section.
type recallView struct {
	Length, Gain, Chance string
	ByPairs, ByDistance  recallTable
	Without              []row // series that could not run
}

func newRecallView(s result.Sweep) recallView {
	var v recallView
	for _, r := range s.Recalls {
		if r.Status != result.StatusOK {
			v.Without = append(v.Without, row{Series: r.Series, Status: string(r.Status), Message: r.Message})
		}
		if v.Length == "" && r.Codewords > 0 {
			v.Length, v.Gain, v.Chance = Length(r.Problem.KVLen), significant(r.Gain), percent(1/float64(r.Codewords))
		}
	}
	pairs := func(c result.RecallCount) int { return c.Pairs }
	distance := func(c result.RecallCount) int { return c.Distance }
	v.ByPairs = newRecallTable(s, func(r result.Recall) []result.RecallCount { return r.ByPairs }, pairs)
	v.ByDistance = newRecallTable(s, func(r result.Recall) []result.RecallCount { return r.ByDistance }, distance)
	return v
}

func newRecallTable(s result.Sweep, counts func(result.Recall) []result.RecallCount, column func(result.RecallCount) int) recallTable {
	var columns []int
	for _, r := range s.Recalls {
		for _, c := range counts(r) {
			columns = append(columns, column(c))
		}
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	var t recallTable
	for _, n := range columns {
		t.Heads = append(t.Heads, Length(n))
	}
	for _, r := range s.Recalls {
		if r.Status != result.StatusOK || len(counts(r)) == 0 {
			continue
		}
		line := recallRow{Name: r.Series, State: Bytes(r.StateBytes), Shares: make([]string, len(columns)),
			Computes: strings.Join(append([]string{r.Problem.Mask, r.Problem.Rule}, r.Problem.Modifiers...), " ")}
		if r.Selection != "" {
			line.Computes += " " + r.Selection
		}
		for _, c := range counts(r) {
			if c.Queries > 0 {
				line.Shares[slices.Index(columns, column(c))] = percent(float64(c.Exact) / float64(c.Queries))
			}
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// recallChart is the mean number of pairs retrieved from a sequence against the number
// planted. On the diagonal all are retrieved. A count of none has no point.
func recallChart(s result.Sweep) plot.Chart {
	c := plot.Chart{
		Title: "Recall: planted pairs retrieved exactly",
		X:     plot.Axis{Label: "m, pairs planted", Base: 2, Tick: lengthTick},
		Y:     plot.Axis{Label: "pairs retrieved, of m", Base: 2, Tick: fractionTick},
	}
	for _, r := range s.Recalls {
		if c.Subtitle == "" {
			c.Subtitle = fmt.Sprintf("%s tokens, d = %d, not trained  ·  one point is the mean over all sequences with m pairs", Length(r.Problem.KVLen), r.Problem.HeadDim)
		}
		line := plot.Series{Name: r.Series}
		if r.Status == result.StatusOK && r.StateBytes > 0 {
			line.Name += ", " + Bytes(r.StateBytes)
		}
		for _, n := range r.ByPairs {
			if n.Queries > 0 {
				line.X = append(line.X, float64(n.Pairs))
				line.Y = append(line.Y, float64(n.Pairs)*float64(n.Exact)/float64(n.Queries))
			}
		}
		c.Series = append(c.Series, line)
	}
	return c
}

// recallFindings say what share of the largest number of pairs each series retrieves, and
// with what state; series with the same result are named together.
func recallFindings(s result.Sweep) []string {
	planted := 0
	for _, r := range s.Recalls {
		for _, c := range r.ByPairs {
			planted = max(planted, c.Pairs)
		}
	}
	var who groups[string, string] // names by result
	tokens := 0
	for _, r := range s.Recalls {
		for _, c := range r.ByPairs {
			if c.Pairs != planted || c.Queries == 0 {
				continue
			}
			share := fmt.Sprintf("%s with a state of %s", percent(float64(c.Exact)/float64(c.Queries)), Bytes(r.StateBytes))
			who.add(share, r.Series)
			tokens = r.Problem.KVLen
		}
	}
	if len(who.keys) == 0 || len(who.keys) > maxNames {
		return nil
	}
	var results []string
	for _, share := range who.keys {
		results = append(results, names(who.of[share])+" "+share)
	}
	return []string{fmt.Sprintf("Of %s planted among %s tokens, without training, exactly retrieved: %s.",
		plural(planted, "pair", "pairs"), Length(tokens), strings.Join(results, "; "))}
}
