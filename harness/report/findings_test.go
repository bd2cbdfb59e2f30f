package report

import (
	"slices"
	"strings"
	"testing"

	"attnbench/harness/result"
)

func says(t *testing.T, s result.Sweep, sentence string) {
	t.Helper()
	if list := Findings(s); !slices.Contains(list, sentence) {
		t.Errorf("no %q in:\n%s", sentence, strings.Join(list, "\n"))
	}
}

func saysNothingOf(t *testing.T, s result.Sweep, words ...string) {
	t.Helper()
	for _, f := range Findings(s) {
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

func TestFindingsOfASweep(t *testing.T) {
	s := fullSweep()
	says(t, s, "Every variant computes what it should: the worst error is 0.31 of its budget over 1,792 rows (naive at 128).")
	says(t, s, "linear overtakes flash between 256 and 512 tokens, at about 350.")
	says(t, s, "naive is the slowest from 512 to 8K.")
	says(t, s, "At 8K tokens naive needs 1 GiB of working memory beside inputs and output, 32,300 times the 32.4 KiB of flash.")
	says(t, s, "The sweep is complete: 28 points in 1m23s.")
}

func TestOnlyASharedLengthMakesALoser(t *testing.T) {
	s := of([]formula{naive, flash, sparse}, 512, 1024, 2048)
	s.Points = append(s.Points, flash.point(4096), sparse.point(4096))
	says(t, s, "naive is the slowest at every length that all reached.")
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
	for _, p := range charts(s) {
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
