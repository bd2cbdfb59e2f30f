package harness

import (
	"math"
	"slices"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/kernel"
	"attnbench/internal/oracle"
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

func TestReadBytesAreWhatTheLastQuerySees(t *testing.T) {
	p := attn.Problem{Batch: 3, QHeads: 8, KVHeads: 2, QLen: 1, KVLen: 100, HeadDim: 4, ValueDim: 6}
	for mask, rows := range map[string]int64{
		"causal": 100, "window:9:0": 10, "window:200:0": 100, "window:9:0+causal@sinks:4": 14,
	} {
		var err error
		if p.Mask, err = attn.ParseMask(mask); err != nil {
			t.Fatal(err)
		}
		if got, want := readBytes(p), 4*3*2*rows*10; got != want {
			t.Errorf("%s: %d bytes: want %d", mask, got, want)
		}
	}
	p.Mask = attn.Causal()
	if got := readBytes(p); got != denseBytes(p) {
		t.Errorf("%d bytes of a causal mask: want the whole cache, %d", got, denseBytes(p))
	}
	for rule, floats := range map[string]int64{"linear:elu1": 4*6 + 4, "gated:head": 4 * 6} {
		var err error
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		if got, want := readBytes(p), 4*3*2*floats; got != want {
			t.Errorf("%s: %d bytes: want %d", rule, got, want)
		}
	}
}

// What the oracle is given head by head is what a State is given piece by piece.
func TestTokensAreTheSameInPiecesAndByHead(t *testing.T) {
	for _, rule := range []string{"softmax", "linear:elu1", "gated-delta:dim"} {
		p := grouped(50)
		p.QLen, p.Mask = 7, attn.Causal()
		var err error
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		small := p
		small.QLen, small.KVLen = 8, 8
		src := tokens{rows: 8}
		if src.block, err = (profile{"gaussian", 3}).Args(small); err != nil {
			t.Fatal(err)
		}
		all, tail := src.empty(p, 50), src.empty(p, 7)
		for lo := 0; lo < 50; lo += 20 {
			n := min(20, 50-lo)
			piece := src.empty(p, 20)
			src.take(piece, lo, n)
			for _, x := range [][2]attn.Tensor{{all.K, piece.K}, {all.V, piece.V}, {all.Decay, piece.Decay}, {all.Beta, piece.Beta}} {
				for b := range x[0].Shape[0] {
					for h := range x[0].Shape[1] {
						for i := range n {
							copy(x[0].Row(b, h, lo+i), x[1].Row(b, h, i))
						}
					}
				}
			}
		}
		src.take(tail, 43, 7)
		all.Q = tail.Q
		rows := oracle.Sample(&p, 1000, 1)
		want, got := oracle.ExpectAll(p, all, rows), src.expect(p, rows)
		for i := range want {
			if !slices.Equal(want[i].Out, got[i].Out) || want[i].Budget != got[i].Budget || want[i].Row != got[i].Row {
				t.Fatalf("%s: row %v is %v: want %v", rule, want[i].Row, got[i].Out, want[i].Out)
			}
		}
		seen := map[float32]bool{}
		for j := range 6 * 8 {
			seen[all.K.Row(0, 0, j)[0]] = true
		}
		if len(seen) < 6*8 {
			t.Errorf("%s: %d of %d rows begin alike", rule, 6*8-len(seen), 6*8)
		}
	}
}

func TestP99IsByNearestRank(t *testing.T) {
	var x []int64
	for i := range 200 {
		x = append(x, int64(200-i))
	}
	for n, want := range map[int]int64{1: 200, 30: 200, 100: 199, 200: 198} {
		if got := p99(x[:n]); got != want {
			t.Errorf("of %d samples: %d: want %d", n, got, want)
		}
	}
}
