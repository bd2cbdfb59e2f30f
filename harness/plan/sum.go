package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// blank is the record of a point that nothing is known of.
func (s *Sweep) blank(pt point.Point) result.Point {
	r := result.Point{
		Kind: result.KindPoint, Key: pt.Key(), Provider: "attnbench", Variant: pt.Variant, ISA: pt.ISA,
		Workers: pt.Workers, Workload: pt.Workload, Phase: result.PhasePrefill, Cache: "warm", Problem: pt.Problem,
		Input: point.PublicPath(pt.Input), Seed: pt.Seed, Chunk: pt.Chunk,
	}
	if pt.Workload == result.WorkloadDecode {
		r.Phase = result.PhaseDecode
	}
	if s.Repro != nil {
		r.Repro = s.Repro(pt)
	}
	return r
}

// sum fills in what the visits of a point say. Where enough of them are quiet, these count alone.
func (s *Sweep) sum(r *result.Point, run verdict.Run, c *cell) {
	visits, p := c.visits, c.visited()
	r.Status, r.Message = status(visits, s.roofs.peak[engineOf(c.Point)])
	ok := slices.DeleteFunc(slices.Clone(visits), func(v result.Visit) bool { return v.Status != result.StatusOK })
	r.Agreement, r.Drift = agreement(visits), visits[0].Drift
	r.Traits, r.Selection = visits[0].Traits, selection(visits)
	first := visits[0]
	r.FLOPs, r.ExecutedFLOPs, r.ReadBytes = first.FLOPs, first.ExecutedFLOPs, first.ReadBytes
	r.InputBytes, r.OutputBytes, r.WorkspaceBytes, r.StateBytes = first.InputBytes, first.OutputBytes, first.WorkspaceBytes, first.StateBytes
	r.PredictedBytes = r.InputBytes + r.OutputBytes + r.WorkspaceBytes + r.StateBytes
	r.PeakBytes = middle(visits, func(v result.Visit) int64 { return v.PeakBytes })
	if r.Status != result.StatusOK {
		return
	}
	r.Isolated = !slices.ContainsFunc(ok, func(v result.Visit) bool { return !v.Isolated })
	for _, v := range ok {
		switch {
		case v.MedianNS == 0:
		case run.IsDisturbed(p, v):
			r.DisturbedVisits++
		default:
			r.QuietVisits++
		}
		r.Repeats = max(r.Repeats, v.Repeats)
		if v.Allocs != nil && (r.Allocs == nil || *v.Allocs > *r.Allocs) {
			r.Allocs = v.Allocs
		}
		r.PeakGFLOPS, r.BandwidthGBS = max(r.PeakGFLOPS, v.PeakGFLOPS), max(r.BandwidthGBS, v.BandwidthGBS)
	}
	if x := s.roofs.bandwidth(c.Point); x > 0 {
		r.BandwidthGBS = x
	}
	counting := run.Counting(p)
	if r.Visits = len(counting); r.Visits == 0 {
		return
	}
	var samples []int64
	for _, v := range counting {
		samples = append(samples, v.SamplesNS...)
	}
	r.VisitMedians = verdict.Times(counting)
	r.MedianNS = result.Median(r.VisitMedians)
	if i := verdict.Over(r.VisitMedians); i.Known() {
		r.IntervalNS = [2]int64{int64(i.Lo), int64(i.Hi)}
	}
	rates(r, samples)
}

// rates fills in what follows from the times.
func rates(r *result.Point, samples []int64) {
	switch r.Workload {
	case result.WorkloadDecode:
		r.P99NS = result.P99(samples)
		r.TokensPerSecond = perSecond(r.Problem.Batch, r.MedianNS)
		if r.BandwidthGBS > 0 {
			r.BandwidthFraction = result.Rounded(float64(r.ReadBytes) / float64(r.MedianNS) / r.BandwidthGBS)
		}
		return
	case result.WorkloadPrefill:
		r.TokensPerSecond = perSecond(r.Problem.Batch*r.Problem.QLen, r.MedianNS)
	}
	r.GFLOPS = math.Round(float64(r.FLOPs)/float64(r.MedianNS)*1000) / 1000
	if r.PeakGFLOPS > 0 {
		r.PeakFraction = result.Rounded(float64(r.FLOPs) / float64(r.MedianNS) / r.PeakGFLOPS)
	}
}

// status is that of a point with at least one visit: the worst of what its visits say of the
// kernel. A visit that failed costs that visit alone where others are ok. One that failed since
// the machine changed its speed says nothing of the kernel; peak is the highest of the run.
func status(visits []result.Visit, peak float64) (result.Status, string) {
	var ok, failed, excused int
	var why, excuse string
	for _, v := range visits {
		switch v.Status {
		case result.StatusDisagree, result.StatusUnsupported, result.StatusSkipped:
			return v.Status, v.Message
		case result.StatusOK:
			ok++
		default:
			message := &why
			if failed++; moved(v, peak) {
				excused++
				message = &excuse
			}
			*message = cmp.Or(*message, v.Message)
		}
	}
	why = cmp.Or(why, excuse)
	switch {
	case ok == 0 && excused == failed:
		return result.StatusSkipped, fmt.Sprintf("the machine changed its speed in each of %s, repeat on a quiet one: %s", count(failed, "visit"), excuse)
	case ok == 0:
		return result.StatusFailed, why
	case failed > 0:
		return result.StatusOK, fmt.Sprintf("%d of %d visits failed: %s", failed, len(visits), why)
	}
	return result.StatusOK, ""
}

// agreement is that of the first visit, which made the full check, with the worst error of all.
func agreement(visits []result.Visit) *result.Agreement {
	var all *result.Agreement
	for _, v := range visits {
		x := v.Agreement
		switch {
		case x == nil:
			continue
		case all == nil:
			first := *x
			all = &first
			continue
		case x.Worst > all.Worst:
			all.MaxAbs, all.Budget, all.Worst, all.Profile = x.MaxAbs, x.Budget, x.Worst, x.Profile
		}
		all.Samples += x.Samples
	}
	return all
}

// selection is that of the first visit, with the median of all.
func selection(visits []result.Visit) *result.Selection {
	if visits[0].Selection == nil {
		return nil
	}
	s := *visits[0].Selection
	s.SamplesNS = nil
	s.MedianNS = middle(visits, func(v result.Visit) int64 {
		if v.Selection == nil {
			return 0
		}
		return v.Selection.MedianNS
	})
	return &s
}

// middle is the median of what is known; 0 where nothing is.
func middle(visits []result.Visit, of func(result.Visit) int64) int64 {
	var known []int64
	for _, v := range visits {
		if x := of(v); x > 0 {
			known = append(known, x)
		}
	}
	if len(known) == 0 {
		return 0
	}
	return result.Median(known)
}

func perSecond(tokens int, ns int64) float64 {
	return result.Rounded(float64(tokens) / float64(max(ns, 1)) * 1e9)
}
