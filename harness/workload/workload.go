// Package workload is what is worth timing: a forward pass, a selection, a decode step, a
// prefill, behind one interface. Whoever runs one does not know which one it has.
package workload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// Clock times what a sample times: the calls of the variant and nothing else. Start and Stop
// may come several times in a sample. Before the time begins, Start may make calls of lead,
// which wake the workers that slept since the sample before; nil: none.
type Clock interface {
	Start(lead func())
	Stop() time.Duration
}

// Setup is what a visit hands to a workload.
type Setup struct {
	Points  []point.Point // one; of a workload that has Contexts those of one series, rising
	Variant attn.Variant
	Others  []attn.Variant // that all rows may be compared with
	Clock   Clock          // nil: a plain clock
	// Whole asks for the full check: hard numbers, check.MaxRows rows, a second way. Else
	// Rows rows of the timed numbers are checked.
	Whole       bool
	Rows        int
	SecondLimit time.Duration // that a second way may take; 0: none
	Memory      int64         // bytes that may be held; 0: unknown
}

// Workload is one point, or the contexts of one series, ready to run. Prepare comes first;
// then for each point Move, Warm, Check, Sample any number of times, Finish and Fill; at last
// Close. An output that is wrong is a check.Disagreement.
type Workload interface {
	// Prepare makes and touches inputs, output and workspace or State, and plans.
	Prepare(ctx context.Context) error
	// Move goes to point i.
	Move(ctx context.Context, i int) error
	// Bytes are those that the point holds, known exactly.
	Bytes() Bytes
	// Cost is that of one call.
	Cost() Cost
	// Warm makes one call on other numbers than those that are timed.
	Warm(ctx context.Context) (time.Duration, error)
	// Check compares what the timed numbers give with the oracle.
	Check(ctx context.Context) error
	// Reseed chooses anew what is drawn between samples: what V of some heads is multiplied by, and
	// what fills Out and workspace.
	Reseed(nonce uint64)
	// Sample is the mean time of n calls by the Clock. It changes numbers before them and
	// looks at the output after them, outside of the time.
	Sample(ctx context.Context, n int) (time.Duration, error)
	// Finish looks a last time, after the samples.
	Finish(ctx context.Context) error
	// Fill writes into v what the workload knows: agreement, drift, selection, traits.
	Fill(v *result.Visit)
	Close()
}

// Bytes are what a point holds.
type Bytes struct{ Inputs, Output, Workspace, State int64 }

// Cost is what the time of a call grows with.
type Cost struct {
	FLOPs, Executed int64  // useful work, and what the variant says it executes
	ReadBytes       int64  // that a call must read from memory; 0 where something else bounds it
	Set             string // the kernel set whose peak bounds it; empty: none that is known
	Single          bool   // a sample is one call: its percentiles count
}

// Kind says how a workload is made.
type Kind struct {
	Make func(Setup) (Workload, error)
	// Contexts is set where one Workload serves all contexts of a series: it keeps a State,
	// and moves on in it.
	Contexts bool
}

var kinds = struct {
	sync.Mutex
	of map[string]Kind
}{of: map[string]Kind{
	result.WorkloadForward:   {Make: newForward},
	result.WorkloadSelection: {Make: newSelection},
	result.WorkloadDecode:    {Make: newDecode, Contexts: true},
	result.WorkloadPrefill:   {Make: newPrefill},
}}

// Register adds a kind of workload under a name that points carry.
func Register(name string, k Kind) {
	kinds.Lock()
	defer kinds.Unlock()
	kinds.of[name] = k
}

// KindOf is the kind of a name.
func KindOf(name string) (Kind, error) {
	kinds.Lock()
	defer kinds.Unlock()
	k, ok := kinds.of[name]
	if !ok {
		return k, fmt.Errorf("workload %q is not in this program", name)
	}
	return k, nil
}

// New makes the workload that the points of s name.
func New(s Setup) (Workload, error) {
	k, err := KindOf(s.Points[0].Workload)
	if err != nil {
		return nil, err
	}
	if s.Clock == nil {
		s.Clock = &plainClock{}
	}
	return k.Make(s)
}

type plainClock struct{ begin time.Time }

// Start implements [Clock].
func (c *plainClock) Start(func()) { c.begin = time.Now() }

// Stop implements [Clock].
func (c *plainClock) Stop() time.Duration { return time.Since(c.begin) }

// Status is the status and message of an error, in a record.
func Status(err error) (result.Status, string) {
	var wrong check.Disagreement
	switch {
	case err == nil:
		return result.StatusOK, ""
	case errors.As(err, &wrong):
		return result.StatusDisagree, err.Error()
	case errors.Is(err, errors.ErrUnsupported):
		return result.StatusUnsupported, err.Error()
	case errors.Is(err, attn.ErrTooLarge):
		return result.StatusSkipped, err.Error()
	}
	return result.StatusFailed, err.Error()
}

// rows is the number of rows to check.
func (s Setup) rows() int {
	if s.Whole || s.Rows == 0 {
		return check.MaxRows
	}
	return s.Rows
}

// exact reports whether equal calls of the variant give equal bits.
func (s Setup) exact() bool { return !attn.TraitsOf(s.Variant).RoundsByWorkers }
