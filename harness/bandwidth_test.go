package harness

import (
	"math"
	"testing"
	"time"

	"attnbench/harness/result"
	"attnbench/internal/kernel"
)

func TestTheBandwidthIsThatOfAsManyBytes(t *testing.T) {
	v := fast{remembering{scripted: scripted{name: "x"}, delay: func(int, int) time.Duration { return 3 * time.Millisecond }}}
	read := map[int]int{}
	set := &kernel.Set{Name: "fake", Peak: func(int) int64 { return 1 }, Sum: func(x []float32) float32 {
		read[len(x)]++
		time.Sleep(2 * time.Millisecond)
		return 0
	}}
	p := decodeOf(t, v, result.PhaseDecode, func(s *Sweep) { on(set)(s); s.lastLevel = 1000 }, 50)[0]
	if p.Status != result.StatusOK || !(p.BandwidthGBS > 0) {
		t.Fatalf("%s: %s, bandwidth %v", p.Status, p.Message, p.BandwidthGBS)
	}
	if len(read) != 1 || read[int(p.ReadBytes/4)] < 4 {
		t.Errorf("read %v: want %d floats several times", read, p.ReadBytes/4)
	}
	if most := float64(p.ReadBytes) / 2e6; p.BandwidthGBS > rounded(most) {
		t.Errorf("%v GB/s: want at most %v", p.BandwidthGBS, most)
	}
	want := float64(p.ReadBytes) / float64(p.MedianNS) / p.BandwidthGBS
	if !(math.Abs(p.BandwidthFraction-want) <= 1e-3*want) || p.BandwidthFraction > 1 {
		t.Errorf("fraction %v: want %v, of the numbers beside it", p.BandwidthFraction, want)
	}
	for name, change := range map[string]func(*Sweep){
		"what fits the cache": func(s *Sweep) { on(set)(s); s.lastLevel = p.ReadBytes },
		"a set without Sum":   func(s *Sweep) { on(&kernel.Set{Name: "fake", Peak: set.Peak})(s); s.lastLevel = 1000 },
	} {
		if p := decodeOf(t, v, result.PhaseDecode, change, 50)[0]; p.Status != result.StatusOK || p.BandwidthGBS != 0 || p.BandwidthFraction != 0 {
			t.Errorf("%s: %s, bandwidth %v", name, p.Status, p.BandwidthGBS)
		}
	}
}

// fast has a choice of kernel sets.
type fast struct{ remembering }

func (fast) ISAs() []string { return []string{"fake"} }
