package visit

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/visit/process"
)

// parent is the end of a conversation that asks, and believes its own clock alone.
type parent struct {
	wire
	request Request
	visits  []result.Visit // that were told so far

	clocks clocks
	since  time.Time // of which on the samples of the next visit are
}

// hold holds the whole conversation. Its error says in one line why it has no end.
func (p *parent) hold() error {
	p.since = time.Now()
	if err := p.send(p.request); err != nil {
		return err
	}
	for {
		var s said
		line, err := p.receive(&s)
		if err != nil {
			return err
		}
		if done, err := p.take(s, line); done || err != nil {
			return err
		}
	}
}

func (p *parent) take(s said, line process.Line) (done bool, err error) {
	switch {
	case s.Ready:
		nonce := newNonce()
		return false, p.send(answer{Nonce: &nonce})
	case s.Sync != nil:
		p.clocks.add(*s.Sync, line.At)
		return false, p.send(answer{Heard: true})
	case s.Calls > 0:
		p.clocks.stretch(s.Calls)
	case s.Visit != nil:
		if len(p.visits) == len(p.request.Points) {
			return false, errors.New("it tells of more visits than it was asked for")
		}
		p.visits = append(p.visits, p.believe(*s.Visit, line.At))
		p.clocks, p.since = clocks{}, line.At
	case s.Done && len(p.visits) < len(p.request.Points):
		return false, errors.New("it ended before its last point")
	case s.Error != "":
		return false, errors.New(s.Error)
	}
	return s.Done, nil
}

// newNonce is a number that no child can know before it comes; never 0.
func newNonce() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// maxSlower is what calls in a row may take by the parent's clock, in units of the median
// sample: a neighbour may have disturbed the calls.
const maxSlower = 4

// believe is v where what the parent saw does not contradict v; else it is failed, without
// its times.
func (p *parent) believe(v result.Visit, now time.Time) result.Visit {
	i := len(p.visits)
	v.Key, v.Number = p.request.Points[i].Key(), p.request.Numbers[i]
	if v.Status != result.StatusOK {
		return v
	}
	if why := p.contradiction(v, now); why != "" {
		return withoutTimes(v, why)
	}
	return v
}

// contradiction says in words what the parent's clock contradicts; empty where it does not.
func (p *parent) contradiction(v result.Visit, now time.Time) string {
	if p.request.Samples.Max == 0 {
		return ""
	}
	if len(v.SamplesNS) == 0 || v.MedianNS <= 0 {
		return "it tells of no samples"
	}
	sum, elapsed := time.Duration(0), now.Sub(p.since)
	for _, ns := range v.SamplesNS {
		if sum += time.Duration(ns) * time.Duration(max(1, v.Repeats)); ns <= 0 || sum > elapsed {
			return fmt.Sprintf("its samples take more than the %v that passed", short(elapsed))
		}
	}
	median := time.Duration(v.MedianNS)
	switch {
	case p.clocks.apart != "":
		return p.clocks.apart
	case p.clocks.goods < 2 || p.clocks.perCall == 0:
		return "its samples could not be held against the clock of the sweep"
	case p.clocks.perCall > maxSlower*median:
		return fmt.Sprintf("its samples say %v a call, and calls in a row take %v by the clock of the sweep", short(median), short(p.clocks.perCall))
	}
	return ""
}

// withoutTimes is v refused.
func withoutTimes(v result.Visit, why string) result.Visit {
	v.Status, v.Message = result.StatusFailed, why
	v.SamplesNS, v.MedianNS, v.P99NS, v.Repeats = nil, 0, 0, 0
	if v.Selection != nil {
		s := *v.Selection
		s.SamplesNS, s.MedianNS, s.Repeats = nil, 0, 0
		v.Selection = &s
	}
	return v
}

// lost are the visits of the points that the conversation did not reach.
func (p *parent) lost(why string) {
	for i := len(p.visits); i < len(p.request.Points); i++ {
		p.visits = append(p.visits, result.Visit{
			Kind: result.KindVisit, Key: p.request.Points[i].Key(), Number: p.request.Numbers[i],
			Status: result.StatusFailed, Message: why,
		})
	}
}
