package result

import (
	"cmp"
	"fmt"
	"slices"
)

// The checks of a record that was read. An error names the field by its JSON path. What
// passes them renders: a report may divide by lengths and take medians for granted.

func (r Run) check() error { return checkNumbers(r) }

func (e End) check() error {
	if e.Status != "complete" && e.Status != "interrupted" {
		return fmt.Errorf("status is %q: want complete or interrupted", e.Status)
	}
	return checkNumbers(e)
}

func (r Recall) check(run Run) error {
	return cmp.Or(checkNumbers(r), r.Status.check(), r.Problem.check(), sameSeed(r.Seed, run.Seed), keyed(r.Key, run.Schema))
}

func (p Point) check(run Run) error {
	if err := cmp.Or(checkNumbers(p), p.Status.check(), p.Problem.check(), sameSeed(p.Seed, run.Seed), keyed(p.Key, run.Schema)); err != nil {
		return err
	}
	if p.Phase != PhasePrefill && p.Phase != PhaseDecode {
		return fmt.Errorf("phase is %q: want %s or %s", p.Phase, PhasePrefill, PhaseDecode)
	}
	if err := checkTimes(p.Status, p.Agreement, p.MedianNS); err != nil {
		return err
	}
	if run.Schema < 2 {
		return cmp.Or(checkSamples(p.Status, p.SamplesNS, p.MedianNS, p.P99NS), p.Selection.check(p.Status))
	}
	switch {
	case len(p.SamplesNS) > 0:
		return fmt.Errorf("samples_ns has %d numbers: from schema 2 on they are in the visits", len(p.SamplesNS))
	case p.Visits != len(p.VisitMedians):
		return fmt.Errorf("visits is %d, and visit_medians_ns has %d", p.Visits, len(p.VisitMedians))
	case p.Status == StatusOK && p.MedianNS > 0 && p.Visits == 0:
		return fmt.Errorf("median_ns is %d, and visits is 0", p.MedianNS)
	}
	return checkMedian("visit_medians_ns", p.VisitMedians, p.MedianNS)
}

func (v Visit) check() error {
	if err := cmp.Or(checkNumbers(v), v.Status.check(), keyed(v.Key, 2), checkTimes(v.Status, v.Agreement, v.MedianNS)); err != nil {
		return err
	}
	return cmp.Or(checkSamples(v.Status, v.SamplesNS, v.MedianNS, v.P99NS), v.Selection.check(v.Status))
}

func (s Status) check() error {
	all := []Status{StatusOK, StatusDisagree, StatusUnsupported, StatusSkipped, StatusFailed}
	if !slices.Contains(all, s) {
		return fmt.Errorf("status is %q: want one of %v", s, all)
	}
	return nil
}

// check looks for lengths that are missing or longer than any slice.
func (p Problem) check() error {
	for _, length := range []struct {
		field string
		n     int
	}{
		{"batch", p.Batch}, {"q_heads", p.QHeads}, {"kv_heads", p.KVHeads}, {"q_len", p.QLen}, {"kv_len", p.KVLen},
		{"head_dim", p.HeadDim}, {"value_dim", p.ValueDim},
	} {
		if length.n < 1 || length.n > 1<<31-1 {
			return fmt.Errorf("problem.%s is %d: want 1 to 2^31-1", length.field, length.n)
		}
	}
	return nil
}

// check is of schema 1, where a selection was timed beside a Point, and of a Visit.
func (s *Selection) check(of Status) error {
	if s == nil {
		return nil
	}
	if err := checkSamples(of, s.SamplesNS, s.MedianNS, 0); err != nil {
		return fmt.Errorf("selection.%w", err)
	}
	return nil
}

// checkTimes holds status, agreement and median against each other: no time without an
// agreement within its budget, except of what failed, as evidence.
func checkTimes(status Status, a *Agreement, median int64) error {
	switch {
	case status == StatusOK && a != nil && a.Worst > 1:
		return fmt.Errorf("status is ok, and agreement.worst is %v: above 1 it disagrees", a.Worst)
	case status == StatusOK && a == nil && median > 0:
		return fmt.Errorf("median_ns is %d without an agreement", median)
	case status != StatusOK && status != StatusFailed && median > 0:
		return fmt.Errorf("median_ns is %d, and status is %s", median, status)
	}
	return nil
}

// checkSamples compares median and p99 with their samples. What went wrong may have samples
// alone.
func checkSamples(status Status, samples []int64, median, p99 int64) error {
	if status != StatusOK && median == 0 {
		return nil
	}
	if err := checkMedian("samples_ns", samples, median); err != nil {
		return err
	}
	if p99 > 0 && len(samples) > 0 && (p99 < median || p99 > slices.Max(samples)) {
		return fmt.Errorf("p99_ns is %d: want at least the median, %d, and at most the longest of samples_ns, %d", p99, median, slices.Max(samples))
	}
	return nil
}

// checkMedian compares a median with its numbers. Any number between the middle two of an
// even count is their median here.
func checkMedian(field string, of []int64, median int64) error {
	if len(of) == 0 {
		if median > 0 && field == "samples_ns" {
			return fmt.Errorf("median_ns is %d without %s", median, field)
		}
		return nil
	}
	if lo, hi := middle(of); median < lo || median > hi {
		return fmt.Errorf("median_ns is %d: the median of %s is %d", median, field, Median(of))
	}
	return nil
}

func sameSeed(seed, run uint64) error {
	if seed != run {
		return fmt.Errorf("seed is %d: its run has %d", seed, run)
	}
	return nil
}

func keyed(key string, schema int) error {
	if schema >= 2 && key == "" {
		return fmt.Errorf("key is missing: schema %d needs it", schema)
	}
	return nil
}
