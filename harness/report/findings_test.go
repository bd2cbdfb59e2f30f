package report

import (
	"slices"
	"strings"
	"testing"

	"attnbench/harness/result"
)

// findingsOf are all sentences that a report says of a sweep.
func findingsOf(s result.Sweep) []string { return read(s).findings() }

func says(t *testing.T, s result.Sweep, sentence string) {
	t.Helper()
	if list := findingsOf(s); !slices.Contains(list, sentence) {
		t.Errorf("no %q in:\n%s", sentence, strings.Join(list, "\n"))
	}
}

func saysNothingOf(t *testing.T, s result.Sweep, words ...string) {
	t.Helper()
	for _, f := range findingsOf(s) {
		for _, w := range words {
			if strings.Contains(f, w) {
				t.Errorf("%q in %q", w, f)
			}
		}
	}
}

func of(formulas []formula, lengths ...int) result.Sweep {
	var s result.Sweep
	for _, n := range lengths {
		for _, f := range formulas {
			s.Points = append(s.Points, f.point(n))
		}
	}
	return s
}

// visitedOften is a quiet sweep of the same points with 6 visits each.
func visitedOften(s result.Sweep) result.Sweep {
	s.Run.Schema = 2
	for i, p := range s.Points {
		s.Points[i] = visitedPoint(p, 6)
		s.Visits = append(s.Visits, s.Points[i].Visited...)
	}
	s.Visits = append(s.Visits, anchors(s.Points[0], 24)...)
	return s
}

func TestFindingsOfASweep(t *testing.T) {
	s := fullSweep()
	says(t, s, "Every variant computes what it should: the worst error is 0.31 of its budget over 1,792 rows (naive at 128).")
	saysNothingOf(t, s, "overtakes", "fastest", "slowest", "pays") // each point was measured once
	says(t, s, "At 8K tokens naive needs 1 GiB of working memory beside inputs and output, 32,300 times the 32.4 KiB of flash.")
	says(t, s, "The sweep is complete: 28 points in 1m23s.")
}

func TestFindingsOfAQuietSweepWithVisits(t *testing.T) {
	s := visitedSweep()
	says(t, s, "linear overtakes flash between 256 and 512 tokens, at about 350 (95 % interval 340 to 350).")
	says(t, s, "naive is the slowest from 512 to 2K.")
	says(t, s, "flash pays against naive at every length from 128 on; at 2K naive takes 1.77 (1.72 to 1.82) times as long, and as much at all of the last lengths.")
	says(t, s, "flash grows as N^1.99 (95 % interval 1.99 to 2.00) from 128 to 8K.")
}

func TestOnlyASharedLengthMakesALoser(t *testing.T) {
	s := of([]formula{naive, flash, sparse}, 512, 1024, 2048)
	s.Points = append(s.Points, flash.point(4096), sparse.point(4096))
	s = visitedOften(s)
	says(t, s, "naive is the slowest from 512 to 2K.")
	saysNothingOf(t, s, "flash is the slowest")
}

func TestOneSeriesIsNotCompared(t *testing.T) {
	saysNothingOf(t, of([]formula{flash}, 512, 1024, 2048), "fastest", "slowest", "overtakes", "same Problem", "times")
}

func TestOneLengthHasNoGrowth(t *testing.T) {
	s := of([]formula{naive, flash}, 512)
	saysNothingOf(t, s, "grows", "overtakes", "every length", "same at")
	says(t, s, "The sweep was stopped before it ended; 2 points are here.")
}

func TestTheSameProblemIsNotCalledDifferent(t *testing.T) {
	saysNothingOf(t, of([]formula{naive, flash}, 512, 1024), "same Problem", "Of those")
}

func TestNoWorkspaceIsSaidAndNotDrawn(t *testing.T) {
	free := flash
	free.variant, free.workspace = "free", flat(0)
	s := of([]formula{naive, free}, 512, 1024)
	says(t, s, "At 1K tokens naive needs 16 MiB of working memory beside inputs and output, free none.")
	for _, p := range read(s).charts() {
		if p.Name == "memory" && !strings.Contains(p.Note, "free needs none and has no curve.") {
			t.Error(p.Note)
		}
	}
}

func TestStateIsWorkingMemory(t *testing.T) {
	s := of([]formula{flash}, 512, 1024)
	for i := range s.Points {
		s.Points[i].WorkspaceBytes = 0
	}
	if got := working(s.Points[0]); got != 33_204 {
		t.Errorf("%d bytes: want those of the state", got)
	}
}

func TestPointsWithoutATimeAreNotRanked(t *testing.T) {
	s := of([]formula{naive, flash}, 512, 1024)
	for i := range s.Points {
		s.Points[i].SamplesNS, s.Points[i].MedianNS, s.Points[i].GFLOPS = nil, 0, 0
	}
	saysNothingOf(t, s, "fastest", "slowest", "has no time")
	says(t, s, "Every variant computes what it should: the worst error is 0.31 of its budget over 256 rows (naive at 512).")
}
