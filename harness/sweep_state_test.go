package harness

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

// remembering is a decoder made of the oracle: a cache of all rows, of which a step
// may be spoilt, slow, or panic.
type remembering struct {
	scripted
	bounded bool                                                                   // says that its State is of one size, and does not truncate
	spoils  func(a attn.Args, calls, len int) bool                                 // which Extends are wrong
	extend  func(honest func() error, a attn.Args, ws []float32, tokens int) error // in place of an Extend
	delay   func(rows, len int) time.Duration
	made    *int // States of more than 1000 bytes of capacity
}

func (v remembering) NewState(p attn.Problem, _ attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	if v.made != nil && p.KVLen > 1000 && p.HeadDim != 4 {
		*v.made++
	}
	return &memory{v: v, p: p, lens: make([]int, p.Batch),
		k: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.HeadDim), v4: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.ValueDim)}, nil
}

type memory struct {
	v     remembering
	p     attn.Problem
	lens  []int
	k, v4 attn.Tensor
	calls int
}

func (m *memory) Len(b int) int  { return m.lens[b] }
func (m *memory) Workspace() int { return 3 }
func (m *memory) Reset(b int)    { m.lens[b] = 0 }

func (m *memory) Bytes() int64 {
	if _, _, streams := mask.Streaming(m.p.VisibilityMask()); m.v.bounded || streams {
		return 1 << 10
	}
	return 4 * int64(len(m.k.Data)+len(m.v4.Data))
}

func (m *memory) Truncate(b, n int) error {
	if m.v.bounded {
		return errors.ErrUnsupported
	}
	m.lens[b] = n
	return nil
}

func (m *memory) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&m.p, m.lens, n); err != nil {
		return err
	}
	for b := range m.lens {
		rows := a.K.Shape[2]
		if n != nil {
			rows = n[b]
		}
		for g := range m.p.KVHeads {
			for i := range rows {
				copy(m.k.Row(b, g, m.lens[b]+i), a.K.Row(b, g, i))
				copy(m.v4.Row(b, g, m.lens[b]+i), a.V.Row(b, g, i))
			}
		}
		m.lens[b] += rows
	}
	return nil
}

func (m *memory) Extend(a attn.Args, n []int, ws []float32) error {
	if m.v.extend != nil {
		return m.v.extend(func() error { return m.honest(a, n, ws) }, a, ws, m.lens[0]+a.K.Shape[2])
	}
	return m.honest(a, n, ws)
}

func (m *memory) honest(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&m.p, m.lens, n, ws, m.Workspace()); err != nil {
		return err
	}
	if err := m.Append(a, n); err != nil {
		return err
	}
	m.calls++
	if m.v.delay != nil {
		time.Sleep(m.v.delay(a.K.Shape[2], m.lens[0]))
	}
	for b := range m.lens {
		q := m.p
		q.KVLen, q.QLen = m.lens[b], a.K.Shape[2]
		if n != nil {
			q.QLen = n[b]
		}
		b1 := attn.Args{Q: a.Q, K: m.k, V: m.v4}
		for h := range q.QHeads {
			for i := range q.QLen {
				oracle.Eval(&q, &b1, oracle.Row{B: b, H: h, I: i}, a.Out.Row(b, h, i))
			}
		}
	}
	if m.v.spoils != nil && m.v.spoils(a, m.calls, m.lens[0]) {
		a.Out.Data[1] += 0.01
	}
	return nil
}

func grouped(n int) attn.Problem {
	return attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: n, KVLen: n, HeadDim: 6, ValueDim: 6}
}

// decodeBudget has time enough that a busy machine takes all samples.
func decodeBudget() Budget {
	return Budget{Time: 10 * time.Minute, Memory: 1 << 30, MinSamples: 5, Samples: 10, MaxSamples: 20}
}

func decodeOf(t *testing.T, v attn.Variant, phase string, change func(*Sweep), contexts ...int) []result.Point {
	t.Helper()
	axes := Axes{Variants: []attn.Variant{v}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	for _, n := range contexts {
		axes.Shapes = append(axes.Shapes, grouped(n))
	}
	src, _, err := OpenSource("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	var list []result.Point
	s := Sweep{Variants: axes.Variants, Points: axes.DecodePoints([]string{phase}, nil), Source: src, Budget: decodeBudget(), Record: func(p result.Point) error {
		list = append(list, p)
		return nil
	}}
	if change != nil {
		change(&s)
	}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestADecodePointIsWhole(t *testing.T) {
	for _, n := range []int{1, 2, 40} {
		p := decodeOf(t, remembering{scripted: scripted{name: "x"}}, result.PhaseDecode, nil, n)[0]
		cache := int64(4 * 2 * 2 * n * 12)
		switch {
		case p.Status != result.StatusOK, p.Message != "", p.Phase != "decode", p.Problem.QLen != 1, p.Problem.KVLen != n:
			t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Problem)
		case len(p.SamplesNS) < 10, p.MedianNS <= 0, p.P99NS < p.MedianNS, p.P99NS > slices.Max(p.SamplesNS):
			t.Errorf("%d samples, median %d, p99 %d", len(p.SamplesNS), p.MedianNS, p.P99NS)
		case p.TokensPerSecond != rounded(2e9/float64(p.MedianNS)):
			t.Errorf("%v tokens/s of 2 sequences at %d ns", p.TokensPerSecond, p.MedianNS)
		case p.StateBytes != cache, p.ReadBytes != cache, p.WorkspaceBytes != 12:
			t.Errorf("state %d, read %d: want the cache of %d tokens, %d", p.StateBytes, p.ReadBytes, n, cache)
		case p.Agreement == nil, p.Agreement.Rows != 8, p.Agreement.Of != 8, !(p.Agreement.Worst <= 1), p.Allocs == nil:
			t.Errorf("agreement %+v", p.Agreement)
		case p.BandwidthGBS != 0, p.BandwidthFraction != 0, p.Chunk != 0, p.FLOPs != 0:
			t.Errorf("a state of %d bytes has a bandwidth: %+v", cache, p)
		case !strings.Contains(p.Repro, "sweep decode --variants x --contexts "), !strings.Contains(p.Repro, " --phase decode "):
			t.Errorf("repeated by %s", p.Repro)
		}
	}
}

func TestAPrefillOfAStateIsWhole(t *testing.T) {
	list := decodeOf(t, remembering{scripted: scripted{name: "x"}}, result.PhasePrefill, nil, 3, 600)
	for i, n := range []int{3, 600} {
		p := list[i]
		switch {
		case p.Status != result.StatusOK, p.Phase != "prefill", p.Problem.QLen != n, p.Chunk != min(n, prefillChunk):
			t.Errorf("%s: %s, %+v in chunks of %d", p.Status, p.Message, p.Problem, p.Chunk)
		case len(p.SamplesNS) < 2, p.TokensPerSecond != rounded(float64(2*n)*1e9/float64(p.MedianNS)), p.P99NS != 0, p.ReadBytes != 0:
			t.Errorf("%d samples, %v tokens/s at %d ns, p99 %d", len(p.SamplesNS), p.TokensPerSecond, p.MedianNS, p.P99NS)
		case p.FLOPs != int64(2*4*24*n*(n+1)/2), p.GFLOPS < 0, p.StateBytes != int64(4*2*2*n*12), p.Agreement == nil:
			t.Errorf("%d FLOPs, state %d", p.FLOPs, p.StateBytes)
		}
	}
}

// Whatever is wrong, and whenever: no time.
func TestWrongStepsGetNoTime(t *testing.T) {
	for name, spoils := range map[string]func(a attn.Args, calls, len int) bool{
		"always":                 func(attn.Args, int, int) bool { return true },
		"on positive numbers":    func(a attn.Args, _, _ int) bool { return slices.Min(a.V.Data) >= 0 },
		"on peaky numbers":       func(a attn.Args, _, _ int) bool { return slices.Max(a.Q.Data) > 12 && a.K.Data[0] < 12 },
		"from the ninth call on": func(_ attn.Args, calls, _ int) bool { return calls > 8 },
		"with all 40 tokens":     func(_ attn.Args, _, n int) bool { return n == 40 },
	} {
		for _, phase := range Phases() {
			p := decodeOf(t, remembering{scripted: scripted{name: "x"}, spoils: spoils}, phase, nil, 40)[0]
			if p.Status != result.StatusDisagree || p.MedianNS != 0 || p.SamplesNS != nil || p.TokensPerSecond != 0 || p.Agreement == nil || !(p.Agreement.Worst > 1) {
				t.Errorf("%s, %s: %s %q, median %d, %+v", name, phase, p.Status, p.Message, p.MedianNS, p.Agreement)
			}
			if strings.HasPrefix(name, "on ") && !strings.Contains(p.Message, name) || name == "from the ninth call on" && !strings.Contains(p.Message, "on gaussian numbers, 40 tokens") {
				t.Errorf("%s, %s: %q", name, phase, p.Message)
			}
		}
	}
}

// Where the oracle of a rule cannot follow to the whole context, the record says how far
// it went, and what is wrong there gets no time.
func TestRecurrentRulesAreCheckedAtAShorterContext(t *testing.T) {
	defer func(work int) { recurrentWork = work }(recurrentWork)
	recurrentWork = 10 * 6 * 6
	rule, err := attn.ParseRule("retention")
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range Phases() {
		for wrong, want := range map[int]result.Status{0: result.StatusOK, 10: result.StatusDisagree} {
			v := remembering{scripted: scripted{name: "x"}, spoils: func(_ attn.Args, _, n int) bool { return n == wrong }}
			p := decodeOf(t, v, phase, func(s *Sweep) {
				axes := Axes{Variants: s.Variants, Shapes: []attn.Problem{grouped(40)}, Rules: []attn.Rule{rule}, Workers: []int{1}, Input: "gaussian", Seed: 1}
				s.Points = axes.DecodePoints([]string{phase}, nil)
			})[0]
			if p.Status != want || p.Agreement == nil || p.Agreement.Context != 10 || (p.MedianNS > 0) != (want == result.StatusOK) {
				t.Errorf("%s, wrong with %d tokens: %s %q, %+v", phase, wrong, p.Status, p.Message, p.Agreement)
			}
		}
	}
}

func TestLongFeaturesAreCheckedOnFewerKeys(t *testing.T) {
	for rule, want := range map[string]int{"softmax": 1 << 19, "linear:elu1": 1 << 19, "linear:favor:64:1": 1 << 14, "linear:taylor2": 1 << 20 / 257} {
		p := grouped(1 << 19)
		p.HeadDim = 256
		var err error
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		if got := checkedLen(p); got < want*9/10 || got > want*11/10 {
			t.Errorf("%s of %d features: checked at %d tokens: want about %d", rule, p.Features(), got, want)
		}
	}
}

func TestAVariantWithoutStatesIsUnsupported(t *testing.T) {
	for _, phase := range Phases() {
		p := decodeOf(t, scripted{name: "x"}, phase, nil, 16)[0]
		if p.Status != result.StatusUnsupported || !strings.Contains(p.Message, "keeps no state") || p.MedianNS != 0 {
			t.Errorf("%s: %s", p.Status, p.Message)
		}
	}
	full := Axes{Variants: []attn.Variant{remembering{scripted: scripted{name: "x"}}}, Shapes: []attn.Problem{grouped(16)}, Masks: []attn.Mask{attn.Full()}, Workers: []int{1}, Input: "gaussian"}
	p := decodeOf(t, full.Variants[0], result.PhaseDecode, func(s *Sweep) { s.Points = full.DecodePoints([]string{result.PhaseDecode}, nil) })[0]
	if p.Status != result.StatusUnsupported || !strings.Contains(p.Message, "later keys") {
		t.Errorf("a mask that is not causal: %s: %s", p.Status, p.Message)
	}
}

func TestAPanicOfAStateIsAFailedPoint(t *testing.T) {
	v := remembering{scripted: scripted{name: "x"}, spoils: func(_ attn.Args, calls, n int) bool {
		if n == 32 {
			panic("boom")
		}
		return false
	}}
	list := decodeOf(t, v, result.PhaseDecode, nil, 32, 33)
	if list[0].Status != result.StatusFailed || !strings.Contains(list[0].Message, "Extend panicked: boom") || list[1].Status != result.StatusOK {
		t.Errorf("%s: %s, then %s: %s", list[0].Status, list[0].Message, list[1].Status, list[1].Message)
	}
}

// A State that would not fit is not made.
func TestLargeStatesAreSkippedBeforeTheyAreMade(t *testing.T) {
	made := 0
	v := remembering{scripted: scripted{name: "x"}, made: &made}
	p := decodeOf(t, v, result.PhaseDecode, func(s *Sweep) { s.Budget.Memory = 300 << 20 }, 1<<20)[0]
	if p.Status != result.StatusSkipped || !strings.Contains(p.Message, "GiB of it state") || made != 0 || p.StateBytes != 4*4*12<<20 {
		t.Errorf("%s: %s, %d States made of %d bytes", p.Status, p.Message, made, p.StateBytes)
	}
	// One that keeps its size runs where a cache would not fit, past the end that it
	// could not go back to.
	v.bounded = true
	p = decodeOf(t, v, result.PhaseDecode, func(s *Sweep) { s.Budget.Memory = 300 << 20 }, 50)[0]
	if p.Status != result.StatusOK || p.StateBytes != 1<<10 || len(p.SamplesNS) < 10 {
		t.Errorf("%s: %s, state of %d bytes", p.Status, p.Message, p.StateBytes)
	}
}

func TestSlowPrefillsAreSkippedAndStepsAreNot(t *testing.T) {
	v := remembering{scripted: scripted{name: "x"}, delay: func(rows, n int) time.Duration { return time.Duration(rows*n) * time.Microsecond / 2 }}
	p := decodeOf(t, v, result.PhasePrefill, func(s *Sweep) { s.Budget.Time = 10 * time.Second }, 1200)[0]
	if p.Status != result.StatusSkipped || !strings.Contains(p.Message, "for a check and 2 samples: more than one point's share, 500ms of the budget of 10s") || p.SamplesNS != nil {
		t.Errorf("prefill: %s: %s", p.Status, p.Message)
	}
	if p := decodeOf(t, v, result.PhaseDecode, nil, 1200)[0]; p.Status != result.StatusOK {
		t.Errorf("decode: %s: %s", p.Status, p.Message)
	}
}

func TestDecodePointsAreEveryPhaseAndFartherWhereTheStateIsFlat(t *testing.T) {
	grows, flat := remembering{scripted: scripted{name: "grows"}}, remembering{scripted: scripted{name: "flat"}, bounded: true}
	axes := Axes{Variants: []attn.Variant{grows, flat, scripted{name: "none"}}, Shapes: []attn.Problem{grouped(600)}, Workers: []int{1}}
	points := axes.DecodePoints(Phases(), []attn.Problem{grouped(1200)})
	var got []string
	for _, pt := range points {
		got = append(got, strings.Join([]string{pt.Series, pt.Phase}, " "))
		if pt.Phase == result.PhaseDecode && (pt.Problem.QLen != 1 || pt.Chunk != 0) || pt.Phase == result.PhasePrefill && (pt.Problem.QLen != pt.Problem.KVLen || pt.Chunk != 512) {
			t.Errorf("%+v", pt)
		}
	}
	want := []string{"grows decode", "grows prefill", "flat decode", "flat prefill", "none decode", "none prefill", "flat decode", "flat prefill"}
	if !slices.Equal(got, want) || points[6].Problem.KVLen != 1200 {
		t.Errorf("%v: want %v", got, want)
	}
	axes.Variants, axes.Masks = axes.Variants[:1], []attn.Mask{attn.Causal(), attn.Window{Left: 7}}
	points = axes.DecodePoints([]string{result.PhaseDecode}, []attn.Problem{grouped(1200)})
	if len(points) != 3 || points[2].Problem.Mask != "window:7:0" || points[2].Problem.KVLen != 1200 {
		t.Errorf("%d points with a mask that bounds the state, the last %+v", len(points), points[len(points)-1].Problem)
	}
}

func TestCancelEndsADecodeSweep(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	v := remembering{scripted: scripted{name: "x"}, spoils: func(_ attn.Args, calls, _ int) bool {
		if calls > 6 {
			cancel()
		}
		return false
	}}
	axes := Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{grouped(20)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	src, _, _ := OpenSource("gaussian", 1)
	s := Sweep{Variants: axes.Variants, Points: axes.DecodePoints(Phases(), nil), Source: src, Budget: decodeBudget(), Record: func(p result.Point) error {
		t.Errorf("recorded %+v", p)
		return nil
	}}
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
