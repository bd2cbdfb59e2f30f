package report

import (
	"fmt"
	"slices"

	"attnbench/harness/result"
)

// peaks are the lines of the measured machine, one for each kernel set and number
// of workers in the order in which they first appear: the median over the points
// and the range, since each point measured it anew. None for records without.
func peaks(s result.Sweep) []pair {
	type key struct {
		isa     string
		workers int
	}
	var order []key
	rates, reads := map[key][]float64{}, map[key][]float64{}
	for _, p := range s.Points {
		if p.PeakGFLOPS <= 0 {
			continue
		}
		k := key{p.ISA, p.Workers}
		if rates[k] == nil {
			order = append(order, k)
		}
		rates[k] = append(rates[k], p.PeakGFLOPS)
		if p.BandwidthGBS > 0 {
			reads[k] = append(reads[k], p.BandwidthGBS)
		}
	}
	var list []pair
	for _, k := range order {
		value := "multiply-adds at " + middle(rates[k], "GFLOP/s")
		if len(reads[k]) > 0 {
			value += ", reads memory at " + middle(reads[k], "GB/s")
		}
		list = append(list, pair{fmt.Sprintf("Measured with %s on %s", markdown(k.isa), plural(k.workers, "worker", "workers")), value})
	}
	return list
}

// middle writes the median of at least one number, and the range where there are
// several: 13.5 GFLOP/s (10.2 – 14.6).
func middle(x []float64, unit string) string {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	text := significant((x[(n-1)/2]+x[n/2])/2) + " " + unit
	if n > 1 {
		text += " (" + significant(x[0]) + " – " + significant(x[n-1]) + ")"
	}
	return text
}

func percent(x float64) string { return significant(100*x) + " %" }
