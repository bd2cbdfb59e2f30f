package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// scripted is a variant made of the oracle, whose Forwards are counted and may go
// wrong, take long, or need much memory.
type scripted struct {
	name      string
	workspace int
	calls     *int
	after     func(call int, out attn.Tensor) // spoils the output of a call
	sleep     time.Duration                   // for 256 tokens, growing as N²
	unsupport bool
}

func (v scripted) Name() string { return v.name }

func (v scripted) Plan(p attn.Problem, _ attn.Options) (attn.Plan, error) {
	if v.unsupport {
		return nil, errors.Join(errors.New("scripted: not today"), errors.ErrUnsupported)
	}
	return scriptedPlan{v, p}, p.Validate()
}

type scriptedPlan struct {
	scripted
	p attn.Problem
}

func (x scriptedPlan) Workspace() int { return x.workspace }

func (x scriptedPlan) Forward(a attn.Args, _ []float32) {
	if x.sleep > 0 {
		n := time.Duration(x.p.QLen)
		time.Sleep(x.sleep * n * n / (256 * 256))
	}
	row := make([]float32, x.p.ValueDim)
	for _, r := range oracle.Sample(&x.p, 1<<30, 1) {
		oracle.Eval(&x.p, &a, r, row)
		copy(a.Out.Row(r.B, r.H, r.I), row)
	}
	if x.calls != nil {
		*x.calls++
	}
	if x.after != nil {
		calls := 0
		if x.calls != nil {
			calls = *x.calls
		}
		x.after(calls, a.Out)
	}
}

func shape(n int) attn.Problem {
	return attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: n, KVLen: n, HeadDim: 4, ValueDim: 4}
}

func testBudget() Budget {
	return Budget{Time: 10 * time.Second, Memory: 1 << 30, MinSamples: 3, Samples: 10, MaxSamples: 20}
}

func sweepOf(t *testing.T, b Budget, v attn.Variant, lengths ...int) []result.Point {
	t.Helper()
	axes := Axes{Variants: []attn.Variant{v}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	for _, n := range lengths {
		axes.Shapes = append(axes.Shapes, shape(n))
	}
	src, _, err := OpenSource("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	var list []result.Point
	s := Sweep{Variants: axes.Variants, Points: axes.Points(), Source: src, Budget: b, Record: func(p result.Point) error {
		list = append(list, p)
		return nil
	}}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestARightPointIsWhole(t *testing.T) {
	p := sweepOf(t, testBudget(), scripted{name: "right", workspace: 7}, 16)[0]
	switch {
	case p.Status != result.StatusOK, p.Message != "":
		t.Errorf("status %s: %s", p.Status, p.Message)
	case len(p.SamplesNS) < 10, p.MedianNS <= 0, p.GFLOPS <= 0:
		t.Errorf("%d samples, median %d, %v GFLOP/s", len(p.SamplesNS), p.MedianNS, p.GFLOPS)
	case p.Agreement.Rows != 16, p.Agreement.Of != 16, !(p.Agreement.Worst <= 1), p.Agreement.MaxAbs > p.Agreement.Budget:
		t.Errorf("agreement %+v", *p.Agreement)
	case p.FLOPs != 16*17/2*16, p.InputBytes != 3*256, p.OutputBytes != 256, p.WorkspaceBytes != 28, p.PredictedBytes != 4*256+28:
		t.Errorf("flops %d, bytes %d %d %d %d", p.FLOPs, p.InputBytes, p.OutputBytes, p.WorkspaceBytes, p.PredictedBytes)
	case p.Provider != "attnbench", p.Phase != "prefill", p.Cache != "warm", p.Drift == nil, p.Allocs == nil:
		t.Errorf("incomplete: %+v", p)
	}
}

// A point that disagrees gets no time, whether the warm-up was wrong, only the
// timed Forwards, or the last of them wrote nothing.
func TestWrongPointsGetNoTime(t *testing.T) {
	spoil := func(out attn.Tensor) { out.Data[5] += 0.01 }
	for name, v := range map[string]scripted{
		"wrong at once": {after: func(_ int, out attn.Tensor) { spoil(out) }},
		"wrong when timed": {calls: new(int), after: func(call int, out attn.Tensor) {
			if call > 4 {
				spoil(out)
			}
		}},
		"NaN left in Out": {after: func(_ int, out attn.Tensor) { guard.Poison(out.Data[:1]) }},
	} {
		v.name = name
		p := sweepOf(t, testBudget(), v, 16)[0]
		if p.Status != result.StatusDisagree || p.SamplesNS != nil || p.MedianNS != 0 || p.GFLOPS != 0 || !(p.Agreement.Worst > 1) || p.Message == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestAPanicIsAFailedPointAndTheSweepGoesOn(t *testing.T) {
	v := scripted{name: "x", after: func(_ int, out attn.Tensor) {
		if out.Shape[2] == 32 {
			panic("boom")
		}
	}}
	p := sweepOf(t, testBudget(), v, 16, 32, 64)
	if p[0].Status != result.StatusOK || p[1].Status != result.StatusFailed || !strings.Contains(p[1].Message, "boom") || p[2].Status != result.StatusOK {
		t.Errorf("%s, %s (%s), %s", p[0].Status, p[1].Status, p[1].Message, p[2].Status)
	}
}

func TestUnsupportedIsSaid(t *testing.T) {
	p := sweepOf(t, testBudget(), scripted{name: "x", unsupport: true}, 16)[0]
	if p.Status != result.StatusUnsupported || !strings.Contains(p.Message, "not today") || p.Agreement != nil {
		t.Errorf("%+v", p)
	}
}

// 20 ms at 256 tokens, growing as N², is 20 s at 8192: more than a share, which
// is known before the point runs.
func TestSlowPointsAreSkippedByPrediction(t *testing.T) {
	begin := time.Now()
	p := sweepOf(t, testBudget(), scripted{name: "x", sleep: 20 * time.Millisecond}, 256, 8192)
	if p[0].Status != result.StatusOK || p[1].Status != result.StatusSkipped || !strings.Contains(p[1].Message, "predicted") || p[1].SamplesNS != nil {
		t.Errorf("%s, %s: %s", p[0].Status, p[1].Status, p[1].Message)
	}
	if spent := time.Since(begin); spent > 9*time.Second {
		t.Errorf("took %v", spent)
	}
}

func TestLargePointsAreSkippedBeforeAnythingIsAllocated(t *testing.T) {
	p := sweepOf(t, testBudget(), scripted{name: "x", workspace: 1 << 50}, 16)[0]
	if p.Status != result.StatusSkipped || !strings.Contains(p.Message, "GiB") || p.WorkspaceBytes != 1<<52 {
		t.Errorf("%s: %s", p.Status, p.Message)
	}
}

// A variant that needs 512 MiB for a single token cannot be tried first; what it
// would take is then assumed.
func TestPointsTooLargeForAPilotArePredictedToo(t *testing.T) {
	b := testBudget()
	b.Memory = 1 << 40
	p := sweepOf(t, b, scripted{name: "x", workspace: 128 << 20}, 1<<17)[0]
	if p.Status != result.StatusSkipped || !strings.Contains(p.Message, "predicted") {
		t.Errorf("%s: %s", p.Status, p.Message)
	}
}

func TestBudgetTakesFewerSamplesOfSlowPoints(t *testing.T) {
	b := DefaultBudget
	for _, c := range []struct {
		t    time.Duration
		want int
	}{
		{time.Microsecond, b.MaxSamples}, {100 * time.Millisecond, b.Samples}, {550 * time.Millisecond, b.Samples},
		{time.Second, 5}, {3 * time.Second, 3}, {time.Minute, 3},
	} {
		if got := b.samples(c.t); got != c.want {
			t.Errorf("Forwards of %v: %d samples: want %d", c.t, got, c.want)
		}
	}
	if why := b.refuse(time.Second, time.Second, b.Time); why != "" {
		t.Errorf("a point of 5 s is refused: %s", why)
	}
	if why := b.refuse(20*time.Second, 0, b.Time); !strings.Contains(why, "share") {
		t.Errorf("a point of 80 s: %q", why)
	}
	if why := b.refuse(2*time.Second, 0, time.Second); !strings.Contains(why, "left") {
		t.Errorf("a point of 8 s with 1 s left: %q", why)
	}
}

func TestCancelEndsTheSweep(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	axes := Axes{Variants: []attn.Variant{scripted{name: "x"}}, Shapes: []attn.Problem{shape(8), shape(16), shape(32)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	src, _, _ := OpenSource("gaussian", 1)
	recorded := 0
	s := Sweep{Variants: axes.Variants, Points: axes.Points(), Source: src, Budget: testBudget(), Record: func(result.Point) error {
		recorded++
		cancel()
		return nil
	}}
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) || recorded != 1 {
		t.Errorf("%v after %d points", err, recorded)
	}
}

func TestPointIsOneCompleteJSONValue(t *testing.T) {
	p := shape(9)
	p.Mask, p.Scale, p.KVLens, p.SinkLogits = attn.Window{Left: 3, Right: 1}, attn.ScaleOf(0.5), []int{7}, []float32{-1.5}
	pt := Point{Series: "s", Variant: "flash", ISA: "generic", Workers: 2, Problem: describe(p), Input: "gaussian", Seed: 3}
	data, err := json.Marshal(pt)
	if err != nil {
		t.Fatal(err)
	}
	var back Point
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(pt, back); diff != "" {
		t.Error(diff)
	}
	q, err := problem(back.Problem)
	if err != nil || q.String() != p.String() {
		t.Errorf("%v, %v: want %v", q, err, p)
	}
	back.Problem.DType = "f16"
	if _, err := problem(back.Problem); err == nil {
		t.Error("f16 is taken")
	}
}

func TestAxes(t *testing.T) {
	windowed := typical{scripted{name: "windowed"}}
	axes := Axes{Variants: []attn.Variant{scripted{name: "plain"}, windowed}, Shapes: []attn.Problem{shape(8), shape(16)}, Workers: []int{1}}
	var got []string
	for _, p := range axes.Points() {
		got = append(got, p.Series+" "+p.Problem.Mask)
	}
	if want := []string{"plain causal", "windowed window:2:0", "plain causal", "windowed window:2:0"}; !cmp.Equal(got, want) {
		t.Errorf("without masks: %v: want %v", got, want)
	}
	axes.Masks, axes.Workers = []attn.Mask{attn.Full(), attn.Causal()}, []int{1, 2}
	points := axes.Points()
	if len(points) != 2*2*2*2 || points[1].Series != "plain full 2 workers" || points[4].Problem.Mask != "full" {
		t.Errorf("%d points, the second %q", len(points), points[1].Series)
	}
}

type typical struct{ scripted }

func (typical) Typical(p attn.Problem) attn.Problem {
	p.Mask = attn.Window{Left: 2, Right: 0}
	return p
}

func TestReproHasNoMachinePaths(t *testing.T) {
	pt := Point{Variant: "flash", ISA: "generic", Workers: 2, Problem: describe(shape(512)), Input: "gaussian", Seed: 3}
	want := "go run ./cmd/sweep run --variants flash --seqlen 512 --headdim 4 --heads 1 --kvheads 1 --batch 1 --input gaussian --seed 3 --mask full --rule softmax --workers 2 --isa generic"
	if got := pt.repro(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for input, want := range map[string]string{"/home/me/x y.npy": `"x y.npy"`, "data/x.npz": "data/x.npz", "../x.npy": "x.npy"} {
		pt.Input = input
		if got := pt.repro(); !strings.Contains(got, "--input "+want+" ") || strings.Contains(got, "--heads") {
			t.Errorf("input %s: %s", input, got)
		}
	}
}

// Errors of one sign cancel in Gaussian values, and weights that are not sharp
// hide what large scores break: a point is checked on both, and says which it failed.
func TestAPointIsCheckedOnHardNumbersToo(t *testing.T) {
	for profile, spoils := range map[string]func(a attn.Args) bool{
		"positive": func(a attn.Args) bool { return slices.Min(a.V.Data) >= 0 },
		"peaky":    func(a attn.Args) bool { return slices.Max(a.Q.Data) > 8 && a.K.Data[0] < 8 },
		"shifted":  func(a attn.Args) bool { return a.K.Data[0] > 8 },
	} {
		p := sweepOf(t, testBudget(), picky{scripted{name: "x"}, spoils}, 16)[0]
		if p.Status != result.StatusDisagree || p.Agreement.Profile != profile || !strings.Contains(p.Message, profile) || p.MedianNS != 0 {
			t.Errorf("wrong on %s numbers alone: %s, %q, %+v", profile, p.Status, p.Message, *p.Agreement)
		}
	}
	right := sweepOf(t, testBudget(), scripted{name: "x"}, 16)[0]
	if !slices.Contains([]string{"gaussian", "positive", "peaky", "shifted"}, right.Agreement.Profile) {
		t.Errorf("the worst error is of %q", right.Agreement.Profile)
	}
}

// picky is wrong on some inputs.
type picky struct {
	scripted
	spoils func(attn.Args) bool
}

func (v picky) Plan(p attn.Problem, _ attn.Options) (attn.Plan, error) {
	return pickyPlan{scriptedPlan{v.scripted, p}, v.spoils}, p.Validate()
}

type pickyPlan struct {
	scriptedPlan
	spoils func(attn.Args) bool
}

func (x pickyPlan) Forward(a attn.Args, ws []float32) {
	x.scriptedPlan.Forward(a, ws)
	if x.spoils(a) {
		a.Out.Data[5] += 0.01
	}
}

// What no machine holds is skipped, as what this one cannot hold is.
func TestWhatIsTooLargeIsSkipped(t *testing.T) {
	for want, err := range map[result.Status]error{
		result.StatusSkipped: fmt.Errorf("naive: %w", attn.ErrTooLarge), result.StatusUnsupported: fmt.Errorf("naive: %w", errors.ErrUnsupported), result.StatusFailed: errors.New("naive"),
	} {
		if status, message := failure(err); status != want || message != err.Error() {
			t.Errorf("%v: %s %q: want %s", err, status, message, want)
		}
	}
}
