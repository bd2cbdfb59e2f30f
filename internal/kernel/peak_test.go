package kernel

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestPeakCountsWhatItRuns(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, _ *rand.Rand) {
		if set.Peak == nil {
			t.Skip("not written for this set")
		}
		one := set.Peak(1)
		if one <= 0 || one%2 != 0 {
			t.Fatalf("a round is %d FLOPs: want multiplies and as many adds", one)
		}
		for _, rounds := range []int{0, 2, 3, 1000} {
			if got := set.Peak(rounds); got != one*int64(rounds) {
				t.Errorf("%d rounds are %d FLOPs: want %d", rounds, got, one*int64(rounds))
			}
		}
		// A loop that was optimised away does any number of rounds in no time. No
		// core comes near 2 TFLOP/s.
		const rounds = 1 << 20
		begin := time.Now()
		flops := set.Peak(rounds)
		if rate := float64(flops) / float64(max(time.Since(begin), 1)); rate > 2000 {
			t.Errorf("%.0f GFLOP/s: the loop does not run", rate)
		}
		if n := testing.AllocsPerRun(3, func() { set.Peak(10) }); n > 0 {
			t.Errorf("allocates %v times", n)
		}
	})
}

// The sums of peakGeneric are far from infinity and from the denormals after any
// number of rounds.
func TestPeakSumsStayOrdinary(t *testing.T) {
	for start := float32(1); start <= 12; start++ {
		sum := start
		for range 200 {
			sum = sum*peakFactor + peakTerm
			if !(sum >= 1 && sum <= 12) {
				t.Fatalf("from %v: %v", start, sum)
			}
		}
	}
}
