package cheats

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
	"attnbench/harness/visit/process"
)

// The cheats of this file deceive whoever times them: each needs a process, or a clock, to be
// seen.

// named is a cheat under a name of its own, by which a child finds it.
type named struct {
	cheat
	name string
}

func (v *named) Name() string { return v.name }

// putsOff does the work of the next call beside the caller, after it has returned.
func putsOff(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		honest.Forward(a, ws)
		next, scratch := a, make([]float32, len(ws))
		next.Out = attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim)
		go honest.Forward(next, scratch)
	}
}

// answersEarly returns while a goroutine still works.
func answersEarly(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) { go honest.Forward(a, ws) }
}

// keepsFirst takes its first call for a warm-up on the numbers that will be timed, and
// returns the result from then on, with the signs of V.
func keepsFirst(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	var once sync.Once
	var kept []float32
	sign := func(a attn.Args, b, h int) float32 {
		if a.V.Row(b, p.KVHead(h), 0)[0] < 0 {
			return -1
		}
		return 1
	}
	each := func(a attn.Args, do func(row []float32, sign float32, at int)) {
		at := 0
		for b := range p.Batch {
			for h := range p.QHeads {
				for i := range p.QLen {
					row := a.Out.Row(b, h, i)
					do(row, sign(a, b, h), at)
					at += len(row)
				}
			}
		}
	}
	return func(a attn.Args, ws []float32) {
		once.Do(func() {
			honest.Forward(a, ws)
			each(a, func(row []float32, sign float32, _ int) {
				for _, x := range row {
					kept = append(kept, sign*x)
				}
			})
		})
		each(a, func(row []float32, sign float32, at int) {
			for c := range row {
				row[c] = sign * kept[at+c]
			}
		})
	}
}

// frugalFirst takes its first call for the one whose memory is measured, and holds all
// scores of all heads in the later ones.
func frugalFirst(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	calls := 0
	return func(a attn.Args, ws []float32) {
		if calls++; calls > 1 {
			scores := make([]float32, p.QHeads*p.QLen*p.KVLen)
			for i := 0; i < len(scores); i += 1024 {
				scores[i] = a.Q.Data[0]
			}
			defer runtime.KeepAlive(scores)
		}
		honest.Forward(a, ws)
	}
}

// sleepsFirst is slow in the calls from which a harness tells how many samples it can take.
func sleepsFirst(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	calls := 0
	return func(a attn.Args, ws []float32) {
		if calls++; calls < 9 {
			time.Sleep(150 * time.Millisecond)
		}
		honest.Forward(a, ws)
	}
}

// slowed is whether the clock of this process is slow already.
var slowed atomic.Bool

// patchesClock slows the clock of its process.
func patchesClock(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		if !slowed.Swap(true) {
			if err := slowClock(); err != nil {
				panic(err)
			}
		}
		honest.Forward(a, ws)
	}
}

// processTable is every cheat of this file, and words of the message that refuses it.
var processTable = []struct {
	variant *named
	words   string
	needs   func() bool // nil: every system sees it
	tokens  int         // 0: 1024
}{
	{&named{cheat{make: putsOff}, "work put off to a goroutine"}, "a call must wait for all of its work", tellsCPU, 0},
	{&named{cheat{make: answersEarly}, "answer before the work is done"}, "a call must wait for all of its work", tellsCPU, 0},
	{&named{cheat{make: keepsFirst}, "warm-up recognised"}, "a call must compute from the numbers it is given", nil, 0},
	{&named{cheat{make: frugalFirst}, "warm-up recognised, memory"}, "a call must take its memory whenever it is called", tellsMemory, 0},
	{&named{cheat{make: patchesClock}, "patched clock"}, "a kernel must leave the clock alone", func() bool { return runtime.GOOS == "linux" && runtime.GOARCH == "amd64" }, 0},
	{&named{cheat{make: sleepsFirst}, "sleep before the samples"}, "a call must work whenever it is called", tellsReady, 256},
	{&named{cheat{make: honestly}, "honest"}, "", nil, 0},
}

func tellsCPU() bool {
	_, ok := machine.CPUTime()
	return ok
}

func tellsReady() bool {
	_, ok := machine.ReadyTime()
	return ok
}

func tellsMemory() bool {
	_, ok, _ := machine.PeakGrowth(func() error { return nil })
	return ok
}

// The test binary is the child of its own visits.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "visit" {
		var env visit.Env
		for _, c := range processTable {
			env.Variants = append(env.Variants, c.variant)
		}
		if err := visit.Serve(env, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// visitsOfAPoint is how often a sweep visits a point: a busy machine may hide a cheat from one
// visit.
const visitsOfAPoint = 6

func TestCheatsOfProcessesAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("visits in processes of their own take long, and judge every kernel set alike")
	}
	for _, c := range processTable {
		t.Run(c.variant.name, func(t *testing.T) {
			if c.needs != nil && !c.needs() {
				t.Skip("this system cannot see it")
			}
			p := heads(4, cmp.Or(c.tokens, 1024))
			v := visited(t, c.variant, p)
			for again := 1; again < visitsOfAPoint && c.words != "" && v.Status == result.StatusOK; again++ {
				v = visited(t, c.variant, p)
			}
			t.Logf("%s: %s", v.Status, v.Message)
			switch {
			case c.words == "" && (v.Status != result.StatusOK || v.MedianNS == 0):
				t.Errorf("%s %q, and the median is %d", v.Status, v.Message, v.MedianNS)
			case c.words != "" && (v.Status == result.StatusOK || v.MedianNS != 0 || !strings.Contains(v.Message, c.words)):
				t.Errorf("%s %q, and the median is %d: want words with %q and no time", v.Status, v.Message, v.MedianNS, c.words)
			}
		})
	}
}

// visited is the first visit of a point, in a process of its own.
func visited(t *testing.T, v attn.Variant, p attn.Problem) result.Visit {
	t.Helper()
	axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{p}, Masks: []attn.Mask{p.Mask}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	list, err := visit.Child{Program: process.Program{Path: os.Args[0]}, Args: []string{"visit"}}.Visit(t.Context(), visit.Request{
		Points: axes.Points(), Numbers: []int{0}, Whole: true,
		Samples: visit.Samples{Min: 5, Want: 7, Max: 9, Time: 4 * time.Second}, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}
