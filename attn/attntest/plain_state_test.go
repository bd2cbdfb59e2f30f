package attntest_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"attnbench/attn"
)

// The bugs of a State.
const (
	stepOneOff      bug = "single steps stand one position too early"
	losesASplit     bug = "key 4096 lost between two splits"
	cutsLSE         bug = "LSE of a chunk without what came before"
	appendTakesAll  bug = "Append takes rows past n"
	appendBounded   bug = "Append of more than QLen refused"
	appendDropsV    bug = "Append drops the last value"
	keepsOldRows    bug = "rows left by Truncate not overwritten"
	truncatesUp     bug = "Truncate to more than Len taken"
	truncatesNever  bug = "Truncate to 0 refused"
	staleTail       bug = "what Truncate and Reset leave is read"
	resetsAll       bug = "Reset empties every entry"
	resetLingers    bug = "an entry that was emptied differs from a new one"
	wordlessFull    bug = "a full State returns an error of its own"
	countsRefused   bug = "tokens counted before they are refused"
	halfTaken       bug = "the first entry taken before the second is refused"
	outOfRefused    bug = "Out cleared before the call is refused"
	staleQueries    bug = "Q and Out not checked"
	overlapsTaken   bug = "overlaps not checked"
	sharedMemory    bug = "result depends on another State's calls"
	readsPast       bug = "reads the row past n"
	writesPast      bug = "writes the rows of Out past n"
	longestInBatch  bug = "result depends on the longest sequence in the batch"
	bytesOfKeys     bug = "Bytes are those of the keys"
	growsLater      bug = "memory taken as tokens come"
	bytesGrow       bug = "Bytes count what is used"
	lengthOfRows    bug = "Len counts rows past n"
	overWorkspace   bug = "Workspace one float too small"
	refusesNothing  bug = "State of any Problem"
	refusesSomeSets bug = "unknown kernel sets taken"
)

// remembering is a decoder that keeps all keys and values. The output of each query is that
// of plain over the tokens up to the query's own.
type remembering struct {
	plain
	bug bug
}

func (v remembering) Name() string { return "remembering" }

func (v remembering) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil && v.bug != refusesNothing {
		return nil, err
	}
	if v.bug == refusesSomeSets {
		o.ISA = ""
	}
	s := &memory{bug: v.bug, p: p, lens: make([]int, p.Batch), n: make([]int, p.Batch), resets: make([]bool, p.Batch)}
	plan, err := v.Plan(p, o)
	if err != nil {
		return nil, err
	}
	s.x, s.pool = plan.(*plainPlan), o.Pool
	if s.pool == nil || v.bug == ignoresPool {
		s.pool = inOrder{}
	}
	s.x.bug = v.bug // some are bugs of plain's rows
	s.x.p.QueryStart, s.x.p.KVLens = make([]int, p.Batch), make([]int, p.Batch)
	s.k, s.v = attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.HeadDim), attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.ValueDim)
	return s, nil
}

type memory struct {
	bug    bug
	p      attn.Problem
	x      *plainPlan
	pool   attn.Pool
	k, v   attn.Tensor // [Batch, KVHeads, KVLen, ...]
	lens   []int
	high   int
	resets []bool
	more   [][]float32

	// Of the call.
	a  attn.Args
	n  []int
	ws []float32
}

// last is the State that was called last.
var last atomic.Pointer[memory]

func (s *memory) Len(b int) int { return s.lens[b] }

func (s *memory) Bytes() int64 {
	switch floats := int64(len(s.k.Data) + len(s.v.Data)); s.bug {
	case bytesOfKeys:
		return 4 * int64(len(s.k.Data))
	case bytesGrow:
		return 4 * floats * int64(1+s.lens[0]) / int64(1+s.p.KVLen)
	default:
		return 4 * floats
	}
}

func (s *memory) Workspace() int {
	if s.bug == overWorkspace {
		return s.x.Workspace() - 1
	}
	return s.x.Workspace()
}

func (s *memory) Append(a attn.Args, n []int) error {
	if s.bug == appendBounded && a.K.Shape[2] > s.p.QLen {
		return errors.New("too many rows")
	}
	if s.bug == appendTakesAll {
		n = nil
	}
	if err := a.CheckAppend(&s.p, s.lens, n); err != nil {
		if s.bug == countsRefused {
			s.lens[0]++
		}
		if s.bug == wordlessFull {
			return errors.New(err.Error())
		}
		return err
	}
	s.take(&a, n)
	if s.bug == appendDropsV {
		clear(s.v.Row(0, 0, max(0, s.lens[0]-1)))
	}
	if s.bug == growsLater {
		s.more = append(s.more, make([]float32, 1<<12))
	}
	return nil
}

// take copies the rows of a, and sets s.n to their number.
func (s *memory) take(a *attn.Args, n []int) {
	for b := range s.n {
		if s.n[b] = a.K.Shape[2]; n != nil {
			s.n[b] = n[b]
		}
		for i := range s.n[b] {
			at := s.lens[b] + i
			if s.bug == keepsOldRows && at < s.high {
				continue
			}
			for g := range s.p.KVHeads {
				copy(s.k.Row(b, g, at), a.K.Row(b, g, i))
				copy(s.v.Row(b, g, at), a.V.Row(b, g, i))
				if s.bug == losesASplit && at == 4096 {
					clear(s.v.Row(b, g, at))
				}
			}
		}
		s.x.p.QueryStart[b] = s.lens[b]
		s.lens[b] += s.n[b]
		s.x.p.KVLens[b] = s.lens[b]
		if s.bug == lengthOfRows {
			s.lens[b] += a.K.Shape[2] - s.n[b]
		}
	}
}

func (s *memory) check(a *attn.Args, n []int, ws []float32) error {
	switch s.bug {
	case outOfRefused:
		clear(a.Out.Data)
	case staleQueries:
		return a.CheckAppend(&s.p, s.lens, n)
	case overlapsTaken:
		b := *a
		b.Out.Data = slices.Clone(a.Out.Data)
		return b.CheckExtend(&s.p, s.lens, n, ws[:min(len(ws), s.Workspace())], s.Workspace())
	}
	err := a.CheckExtend(&s.p, s.lens, n, ws, s.Workspace())
	if err != nil && s.bug == halfTaken && len(n) == s.p.Batch && n[0] > 0 && s.lens[0]+n[0] <= s.p.KVLen && a.K.Shape[1] == s.p.KVHeads {
		s.lens[0] += n[0]
	}
	return err
}

func (s *memory) Extend(a attn.Args, n []int, ws []float32) error {
	if err := s.check(&a, n, ws); err != nil {
		return err
	}
	s.take(&a, n)
	rows := a.K.Shape[2]
	for b := range s.n {
		switch {
		case s.bug == stepOneOff && rows == 1:
			s.x.p.QueryStart[b] = max(0, s.x.p.QueryStart[b]-1)
		case s.bug == staleTail && s.lens[b] < s.p.KVLen:
			s.k.Row(b, 0, 0)[0] += 0 * s.k.Row(b, 0, s.lens[b])[0]
		case s.bug == readsPast && s.n[b] < rows:
			s.k.Row(b, 0, 0)[0] += 0 * a.K.Row(b, 0, s.n[b])[0]
		case s.bug == writesPast && s.n[b] < rows:
			clear(a.Out.Row(b, 0, s.n[b]))
		}
	}
	switch s.bug {
	case hiddenAlloc:
		s.more = append(s.more[:0], make([]float32, 8))
	case changesInput:
		a.Q.Data[0] += 1e-3
	}
	s.x.p.QLen, s.a, s.ws = rows, a, ws
	s.a.K, s.a.V = s.k, s.v
	s.pool.Run(s, s.p.Batch*s.p.QHeads*rows, s.x.workers)
	if s.bug == sharedMemory && last.Swap(s) != s {
		a.Out.Row(0, 0, 0)[0] += 1e-6
	}
	return nil
}

// Part implements [attn.Task].
func (s *memory) Part(worker, i int) {
	b, h, row, size := i/s.x.p.QLen/s.p.QHeads, i/s.x.p.QLen%s.p.QHeads, i%s.x.p.QLen, s.p.KVLen
	if row >= s.n[b] {
		return
	}
	s.x.row(&s.a, s.ws[worker*size:(worker+1)*size], b, h, row)
	if s.bug == longestInBatch && s.lens[b] < slices.Max(s.lens) || s.bug == resetLingers && s.resets[b] {
		s.a.Out.Row(b, h, row)[0] *= 1 + 1e-6
	}
	if s.bug == cutsLSE && s.a.LSE != nil && s.x.p.QueryStart[b] > 0 {
		s.a.LSE[(b*s.p.QHeads+h)*s.x.p.QLen+row] -= 0.01
	}
}

func (s *memory) Truncate(b, n int) error {
	if s.bug == truncatesUp && n > s.lens[b] && n <= s.p.KVLen {
		s.lens[b] = n
		return nil
	}
	if n < 0 || n > s.lens[b] || s.bug == truncatesNever && n == 0 {
		return fmt.Errorf("n is %d: want 0 to %d", n, s.lens[b])
	}
	s.high = max(s.high, s.lens[b])
	s.lens[b] = n
	return nil
}

func (s *memory) Reset(b int) {
	if s.bug == resetsAll {
		clear(s.lens)
	}
	s.lens[b], s.resets[b] = 0, true
}
