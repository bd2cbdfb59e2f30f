package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"attnbench/harness/result"
)

// peaks are the lines of the measured roofline, one for each kernel set and number of
// workers, in order of appearance: the median and the range over the points, each of
// which has a measurement of its own.
func peaks(s result.Sweep) []pair {
	var rates groups[result.Engine, float64]
	reads := map[result.Engine][]float64{}
	for _, p := range s.Points {
		if p.PeakGFLOPS <= 0 {
			continue
		}
		k := p.Engine()
		rates.add(k, p.PeakGFLOPS)
		if p.BandwidthGBS > 0 {
			reads[k] = append(reads[k], p.BandwidthGBS)
		}
	}
	var list []pair
	for _, k := range rates.keys {
		value := "multiply-adds at " + middle(rates.of[k], "GFLOP/s")
		if len(reads[k]) > 0 {
			value += ", reads memory at " + middle(reads[k], "GB/s")
		}
		list = append(list, pair{fmt.Sprintf("Measured with %s on %s", markdown(k.ISA), plural(k.Workers, "worker", "workers")), value})
	}
	return list
}

// middle writes the median of at least one number, and the range of several:
// 13.5 GFLOP/s (10.2 – 14.6).
func middle(x []float64, unit string) string {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	text := significant((x[(n-1)/2]+x[n/2])/2) + " " + unit
	if n > 1 {
		text += " (" + significant(x[0]) + " – " + significant(x[n-1]) + ")"
	}
	return text
}

func system(m result.Machine) string { return m.OS + "/" + m.Arch }

// machine lists what is known; the rest is absent.
func machine(r result.Run) []pair {
	m := r.Machine
	var list []pair
	add := func(name, value string, known bool) {
		if known {
			list = append(list, pair{name, markdown(value)})
		}
	}
	add("CPU", m.CPU, m.CPU != "")
	add("Cores used by Go", fmt.Sprint(m.Cores), m.Cores > 0)
	add("Features", strings.Join(m.Features, " "), len(m.Features) > 0)
	add("L1d cache per core", Bytes(m.L1dBytes), m.L1dBytes > 0)
	add("L2 cache per core", Bytes(m.L2Bytes), m.L2Bytes > 0)
	add("L3 cache", Bytes(m.L3Bytes), m.L3Bytes > 0)
	add("Memory", Bytes(m.MemoryBytes), m.MemoryBytes > 0)
	for _, p := range environment(m.Environment) {
		add(p.Name, p.Value, true)
	}
	add("System", system(m)+", "+m.GoVersion, true)
	if !r.Time.IsZero() {
		list = append(list, pair{"Date", r.Time.UTC().Format(time.DateTime) + " UTC"})
	}
	commit := r.Commit[:min(12, len(r.Commit))]
	if r.Modified {
		commit += " with uncommitted changes"
	}
	add("Commit", commit, r.Commit != "")
	add("Input", fmt.Sprintf("%s, seed %d", r.Input, r.Seed), r.Input != "")
	return list
}
