// Package export writes the visits of a run in the Go benchmark format
// (https://golang.org/design/14313-benchmark-format), which benchstat and its like read.
package export

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// units are those of the values, with which way is better.
var units = []struct{ unit, key, value string }{
	{"ns/op", "better", "lower"},
	{"GFLOP/s", "better", "higher"},
	{"peak-B", "better", "lower"},
}

// Write writes one line for each visit that counts for its point: a call is an operation.
// Disturbed visits are left out where medians leave them out, and a comment says how many were
// disturbed. Points that were refused have no line. It is an error where no point has a time.
func Write(w io.Writer, s result.Sweep) error {
	run := verdict.Of(s)
	if !slices.ContainsFunc(s.Points, func(p result.Point) bool { return len(run.Counting(p)) > 0 }) {
		return errors.New("no point has a time")
	}
	if err := comment(w, s.Run, run); err != nil {
		return err
	}
	out := benchfmt.NewWriter(w)
	for _, u := range units {
		m := &benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.unit, Key: u.key}, OrigUnit: u.unit, Value: u.value}
		if err := out.Write(m); err != nil {
			return err
		}
	}
	config := configuration(s.Run)
	for _, p := range s.Points {
		name := benchfmt.Name(name(p))
		for _, v := range run.Counting(p) {
			if err := out.Write(&benchfmt.Result{Config: config, Name: name, Iters: max(1, len(v.SamplesNS)*max(1, v.Repeats)), Values: values(v)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// configuration is what all lines share. A value is one line.
func configuration(r result.Run) (list []benchfmt.Config) {
	for _, c := range []struct{ key, value string }{
		{"goos", r.Machine.OS}, {"goarch", r.Machine.Arch}, {"pkg", "attnbench"}, {"cpu", r.Machine.CPU},
		{"input", r.Input}, {"seed", fmt.Sprint(r.Seed)},
	} {
		if value := strings.Join(strings.Fields(c.value), " "); value != "" {
			list = append(list, benchfmt.Config{Key: c.key, Value: []byte(value), File: true})
		}
	}
	return list
}

// comment says what may differ between two runs that are to be compared: benchstat makes a
// table of its own for each configuration.
func comment(w io.Writer, r result.Run, machine verdict.Run) error {
	text := "# " + machine.String() + "\n"
	if machine.Disturbed > 0 {
		text += fmt.Sprintf("# disturbed: %d of %d visits\n", machine.Disturbed, machine.Visits)
	}
	if r.Commit != "" {
		text += "# commit: " + strings.Join(strings.Fields(r.Commit), " ") + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func values(v result.Visit) []benchfmt.Value {
	list := []benchfmt.Value{{Value: float64(v.MedianNS), Unit: "ns/op"}}
	if v.FLOPs > 0 {
		list = append(list, benchfmt.Value{Value: result.Rounded(float64(v.FLOPs) / float64(v.MedianNS)), Unit: "GFLOP/s"})
	}
	if v.PeakBytes > 0 {
		list = append(list, benchfmt.Value{Value: float64(v.PeakBytes), Unit: "peak-B"})
	}
	return list
}

// name is the workload, and all that identifies the point: Forward/variant=flash/.../N=1024-2,
// with the workers last, where a Go benchmark has its processors.
func name(p result.Point) string {
	id, m := p.Identity(), p.Problem
	heads := fmt.Sprint(m.QHeads)
	if m.KVHeads != m.QHeads {
		heads += ":" + fmt.Sprint(m.KVHeads)
	}
	dim := fmt.Sprint(m.HeadDim)
	if m.ValueDim != m.HeadDim {
		dim += ":" + fmt.Sprint(m.ValueDim)
	}
	parts := []string{strings.ToUpper(id.Workload[:1]) + id.Workload[1:]}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+strings.NewReplacer("/", ":", " ", "_").Replace(value))
		}
	}
	add("variant", p.Variant)
	add("isa", p.ISA)
	add("mask", m.Mask)
	add("rule", m.Rule)
	add("mod", strings.Join(m.Modifiers, ","))
	if m.Batch > 1 {
		add("batch", fmt.Sprint(m.Batch))
	}
	add("heads", heads)
	add("d", dim)
	if m.KVDType != m.DType {
		add("kv", m.KVDType)
	}
	if p.Chunk > 0 {
		add("chunk", fmt.Sprint(p.Chunk))
	}
	if m.QLen != m.KVLen && id.Workload != result.WorkloadDecode {
		add("q", fmt.Sprint(m.QLen))
	}
	add("N", fmt.Sprint(m.KVLen))
	return fmt.Sprintf("%s-%d", strings.Join(parts, "/"), p.Workers)
}
