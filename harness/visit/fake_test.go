package visit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit/process"
	"attnbench/harness/workload"
)

// The test binary is its own child.
func TestMain(m *testing.M) {
	workload.Register("fake", workload.Kind{Make: func(s workload.Setup) (workload.Workload, error) { return &fake{Setup: s}, nil }})
	if len(os.Args) > 1 && os.Args[1] == "visit" {
		if err := Serve(env(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func inChild() Child {
	return Child{Program: process.Program{Path: os.Args[0]}, Args: []string{"visit"}}
}

// executors make the same records, but for what only a process can tell.
func executors() map[string]Executor {
	return map[string]Executor{"child": inChild(), "here": Here{env()}}
}

// behaviour is what the calls of a fake workload do.
type behaviour struct {
	prepare func(f *fake) error
	check   func(f *fake) error
	call    func(f *fake)
	lead    func()
	flops   int64
	reads   int64
	single  bool
}

func env() (e Env) {
	for name := range behaviours {
		e.Variants = append(e.Variants, named(name))
	}
	return e
}

type named string

func (n named) Name() string { return string(n) }

func (named) Plan(attn.Problem, attn.Options) (attn.Plan, error) { return nil, errors.ErrUnsupported }

// fake is a workload that is what the name of its variant says.
type fake struct {
	workload.Setup
	behaviour
	at    int // index of the current point
	calls int
	nonce uint64
	big   bool // not the small point before
}

func (f *fake) Prepare(context.Context) error {
	f.behaviour = behaviours[f.Variant.Name()]
	f.big = f.Points[0].Problem.QLen > pageInLen
	if f.prepare != nil && f.big {
		return f.prepare(f)
	}
	return nil
}

func (f *fake) Move(_ context.Context, i int) error { f.at = i; return nil }

func (f *fake) Bytes() workload.Bytes { return workload.Bytes{Inputs: 3, Output: 1} }

func (f *fake) Warm(ctx context.Context) (time.Duration, error) { return f.Sample(ctx, 1) }

func (f *fake) Check(ctx context.Context) error {
	if _, err := f.Sample(ctx, 1); err != nil || f.check == nil {
		return err
	}
	return f.check(f)
}

func (f *fake) Sample(_ context.Context, n int) (time.Duration, error) {
	if f.nonce == 0 && f.calls > 1 {
		return 0, errors.New("no nonce before the samples")
	}
	f.Clock.Start(f.lead)
	for range n {
		f.calls++
		if f.call != nil {
			f.call(f)
		} else {
			work(time.Millisecond)
		}
	}
	return f.Clock.Stop() / time.Duration(n), nil
}

func (f *fake) Reseed(nonce uint64) { f.nonce = nonce }

func (f *fake) Cost() workload.Cost {
	return workload.Cost{FLOPs: f.flops, ReadBytes: f.reads, Set: f.Points[0].ISA, Single: f.single}
}

func (f *fake) Finish(context.Context) error { return nil }

func (f *fake) Fill(v *result.Visit) {
	v.Agreement = &result.Agreement{Rows: 1}
}

func (f *fake) Close() {}

// work computes for t.
func work(t time.Duration) {
	for begin := time.Now(); time.Since(begin) < t; {
	}
}

// asked is a request for n points of a variant.
func asked(variant string, n int) Request {
	r := Request{Samples: Samples{Min: 3, Want: 5, Max: 9, Time: time.Second}, Timeout: 20 * time.Second}
	for i := range n {
		r.Points = append(r.Points, point.Point{Variant: variant, Workload: "fake", Workers: 1, Problem: result.Problem{QLen: 1000 + i}})
		r.Numbers = append(r.Numbers, 7+i)
	}
	return r
}

// visited is what e tells of the points of r, one for each.
func visited(t *testing.T, e Executor, r Request) []result.Visit {
	t.Helper()
	list, err := e.Visit(context.Background(), r)
	if err != nil || len(list) != len(r.Points) {
		t.Fatalf("%d visits of %d points, %v", len(list), len(r.Points), err)
	}
	for i, v := range list {
		if v.Kind != result.KindVisit || v.Key != r.Points[i].Key() || v.Number != r.Numbers[i] || strings.Contains(v.Message, "\n") {
			t.Errorf("%+v: want the key, the number and a line", v)
		}
		if fast := strings.Contains(v.Message, "FMA peak"); (v.Status == result.StatusOK) != (v.MedianNS > 0) && !fast || (v.MedianNS > 0) != (len(v.SamplesNS) > 0) {
			t.Errorf("%s: %d samples with the median %d", v.Status, len(v.SamplesNS), v.MedianNS)
		}
	}
	return list
}
