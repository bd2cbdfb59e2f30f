package visit

import (
	"errors"
	"strings"
	"testing"

	"attnbench/internal/kernel"
)

// An honest kernel was once refused at 1.071 times a peak that a neighbour held down.
func TestAFastSampleBesideAPeakThatMovesIsNoFaultOfTheKernel(t *testing.T) {
	for name, c := range map[string]struct {
		low, peak, best, rate float64
		moved, exceeds        bool
	}{
		"below the peak":                     {low: 200, peak: 201, rate: 206},
		"held down all the time":             {low: 190, peak: 190, best: 203, rate: 203.5, moved: true},
		"held down before the samples":       {low: 150, peak: 190, rate: 203.5, moved: true},
		"above all peaks while they move":    {low: 100, peak: 190, best: 200, rate: 230, moved: true},
		"above all peaks while they are one": {low: 200, peak: 201, best: 203, rate: 230, exceeds: true},
		"far above a peak that moves":        {low: 100, peak: 190, best: 200, rate: 900, exceeds: true},
	} {
		l := &roofline{set: &kernel.Set{Name: "generic"}, gflops: c.peak, low: c.low}
		err := l.exceeds(c.rate, c.best)
		if errors.Is(err, errMoved) != c.moved || errors.As(err, new(exceeds)) != c.exceeds || (err == nil) != (!c.moved && !c.exceeds) {
			t.Errorf("%s: %v", name, err)
		}
		if c.moved && !strings.HasPrefix(err.Error(), "the machine changed its speed: useful work at ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
