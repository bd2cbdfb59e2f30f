package attntest_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"attnbench/attn"
)

// bug is what is deliberately wrong with a plain variant; "" is nothing.
type bug string

const (
	none            bug = ""
	missingWeight   bug = "one softmax weight missing"
	relativeError   bug = "relative error 1e-4"
	outNotCleared   bug = "output not cleared"
	zeroWorkspace   bug = "workspace assumed zero"
	hiddenAlloc     bug = "hidden allocation"
	windowOffByOne  bug = "window off by one"
	topLeft         bug = "causal aligned to the wrong corner"
	tiledHeads      bug = "GQA tiled instead of grouped"
	leakingNaN      bug = "NaN leaking from an invisible key"
	changesInput    bug = "scales Q in place"
	workerBits      bug = "result depends on the workers"
	panics          bug = "panics at some shape"
	supportsNothing bug = "supports nothing"
	wrongLSE        bug = "LSE in log2"
	stridesIgnored  bug = "strides ignored"
	dirtyGaps       bug = "writes between the rows of Out"
	ignoresLens     bug = "kv lengths ignored"
	blindNaN        bug = "0/0 where no key is visible"
	uncheckedArgs   bug = "arguments not checked"
	anyISA          bug = "takes any kernel set"
	remembers       bug = "state kept between calls"
	ignoresPool     bug = "caller's pool ignored"
	noOverflowCare  bug = "exp without the maximum"
	refusesScales   bug = "exp without the maximum, and no scale but the default"
	wordlessPanic   bug = "misuse panics with a string"
	swallowsErrors  bug = "inconsistent Problems accepted"
	shortSum        bug = "the last key missing in the denominator"
	indexWeights    bug = "weights rise with the index of the key"
	biasScaled      bug = "bias scaled like the products"
	blindLSE        bug = "LSE of 0 where no key is visible"
	windowWraps     bug = "window taken modulo the keys"
	swallowsNaN     bug = "NaN in V taken for 0"
	returnsFirst    bug = "output of the first call returned again"
	lastOfMany      bug = "the last head of many wrong"
	hidesScratch    bug = "scratch in the Plan beside Workspace"
	countsHalf      bug = "half of the FLOPs counted"
	placeInBatch    bug = "result depends on the place in the batch"
)

// plain is the definition of softmax in float32, under every mask, in two passes over the
// keys of each row. It is right but for its one bug.
type plain struct{ bug bug }

func (v plain) Name() string { return "plain" }

func (v plain) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil && v.bug != swallowsErrors {
		return nil, err
	}
	if p.Rule.Kind != attn.Softmax || v.bug == supportsNothing {
		return nil, fmt.Errorf("plain: %w", errors.ErrUnsupported)
	}
	if _, scaled := p.Scale.Explicit(); scaled && v.bug == refusesScales {
		return nil, fmt.Errorf("plain: Scale: %w", errors.ErrUnsupported)
	}
	if o.ISA != "" && v.bug != anyISA {
		return nil, fmt.Errorf("plain: set %q: %w", o.ISA, errors.ErrUnsupported)
	}
	x := &plainPlan{p: p, bug: v.bug, workers: max(1, o.Workers), pool: o.Pool}
	x.tasks.New = func() any { return new(task) }
	return x, nil
}

type plainPlan struct {
	p       attn.Problem
	bug     bug
	workers int
	pool    attn.Pool
	calls   atomic.Int64
	garbage atomic.Pointer[[]float32]
	tasks   sync.Pool
	hidden  sync.Pool // of scratch
	first   atomic.Pointer[attn.Tensor]
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: every pair of a query row and a valid key.
func (x *plainPlan) ExecutedFLOPs() int64 {
	full := x.p
	full.Mask = nil
	if x.bug == countsHalf {
		return full.FLOPs() / 2
	}
	return full.FLOPs()
}

func (x *plainPlan) Workspace() int { return x.workers * x.p.KVLen }

// inOrder runs the parts in the caller's goroutine.
type inOrder struct{}

func (inOrder) Run(t attn.Task, n, workers int) {
	for i := range n {
		t.Part(0, i)
	}
}

func (x *plainPlan) Forward(a attn.Args, ws []float32) {
	need := x.Workspace()
	if x.bug == wordlessPanic {
		defer func() {
			if r := recover(); r != nil {
				panic(fmt.Sprint(r))
			}
		}()
	}
	if x.bug != uncheckedArgs {
		a.Check(&x.p, ws, need)
	}
	switch x.bug {
	case hiddenAlloc:
		garbage := make([]float32, 8)
		x.garbage.Store(&garbage)
	case changesInput:
		a.Q.Data[0] += 1e-3
	case remembers:
		x.calls.Add(1)
	case returnsFirst:
		if out := x.first.Load(); out != nil {
			copy(a.Out.Data, out.Data)
			return
		}
		defer func() {
			out := attn.Tensor{Data: append([]float32(nil), a.Out.Data...)}
			x.first.Store(&out)
		}()
	case hidesScratch:
		scores, _ := x.hidden.Get().([]float32)
		if scores == nil {
			scores = make([]float32, x.p.QLen*x.p.KVLen)
		}
		defer x.hidden.Put(scores)
	}
	t := x.tasks.Get().(*task)
	t.x, t.a, t.ws = x, a, ws
	pool := x.pool
	if pool == nil || x.bug == ignoresPool {
		pool = inOrder{}
	}
	pool.Run(t, x.p.Batch*x.p.QHeads*x.p.QLen, x.workers)
	x.tasks.Put(t)
}

type task struct {
	x  *plainPlan
	a  attn.Args
	ws []float32
}

func (t *task) Part(worker, i int) {
	x, p := t.x, &t.x.p
	s := t.ws[worker*p.KVLen : (worker+1)*p.KVLen]
	x.row(&t.a, s, i/p.QLen/p.QHeads, i/p.QLen%p.QHeads, i%p.QLen)
}

func (x *plainPlan) row(a *attn.Args, s []float32, b, h, i int) {
	p := &x.p
	g, position, keys := p.KVHead(h), p.Start(b)+i, p.Keys(b)
	switch x.bug {
	case tiledHeads:
		g = h % p.KVHeads
	case topLeft:
		position = i
	case ignoresLens:
		keys = p.KVLen
	case panics:
		if p.QLen == 33 {
			panic("index out of range")
		}
	}
	mask := p.VisibilityMask()
	if w, ok := mask.(attn.Window); ok && w.Left > 0 && x.bug == windowOffByOne {
		w.Left--
		mask = w
	}
	if w, ok := mask.(attn.Window); ok && w.Left > 0 && x.bug == windowWraps {
		w.Left %= p.KVLen
		mask = w
	}
	q, out := a.Q.Row(b, h, i), a.Out.Row(b, h, i)
	if x.bug == stridesIgnored {
		at := ((b*p.QHeads+h)*p.QLen + i) * p.HeadDim
		q = a.Q.Data[at : at+p.HeadDim]
	}
	scale := float32(p.Scale.Value(p.HeadDim))
	top, sum := math.Inf(-1), 0.0
	if p.SinkLogits != nil {
		top = float64(p.SinkLogits[h])
	}
	biased, adds, rises := p.Bias != attn.BiasShape{}, x.bug == zeroWorkspace, x.bug == indexWeights
	for j := range keys {
		if !mask.Visible(b, h, position, j) {
			s[j] = float32(math.Inf(-1))
			continue
		}
		if score := dot(q, a.K.Row(b, g, j)) * scale; adds {
			s[j] += score
		} else {
			s[j] = score
		}
		if p.Softcap != 0 {
			s[j] = p.Softcap * float32(math.Tanh(float64(s[j]/p.Softcap)))
		}
		if p.ALiBi != nil {
			s[j] -= p.ALiBi[h] * float32(math.Abs(float64(position-j)))
		}
		if biased {
			entry, head := p.Bias.BiasOf(b, h)
			bias := a.Bias.Row(entry, head, i)[j]
			if s[j] += bias; x.bug == biasScaled {
				s[j] += (scale - 1) * bias
			}
			if math.IsInf(float64(bias), -1) {
				s[j] = bias
			}
		}
		if rises {
			s[j] += 1e-3 * float32(j)
		}
		top = max(top, float64(s[j]))
	}
	if x.bug == noOverflowCare || x.bug == refusesScales {
		top = 0
	}
	blind := math.IsInf(top, -1) && x.bug != blindNaN
	for j := range keys {
		if s[j] = float32(exp(float64(s[j]) - top)); blind {
			s[j] = 0
		}
		sum += float64(s[j])
	}
	switch {
	case x.bug == missingWeight && keys > 8:
		sum -= float64(s[7])
		s[7] = 0
	case x.bug == shortSum && keys > 0:
		sum -= float64(s[keys-1])
	}
	if p.SinkLogits != nil {
		sum += math.Exp(float64(p.SinkLogits[h]) - top)
	}
	if x.bug != outNotCleared {
		clear(out)
	}
	leaks, swallows := x.bug == leakingNaN, x.bug == swallowsNaN
	for j := range keys {
		if s[j] != 0 || leaks {
			addRow(out, a.V.Row(b, g, j), s[j], swallows)
		}
	}
	if !blind && sum != 0 {
		for c := range out {
			out[c] /= float32(sum)
		}
	}
	x.spoil(a, out, b, h, i)
	if a.LSE != nil {
		lse := top + math.Log(sum)
		if x.bug == wrongLSE {
			lse *= math.Log2E
		}
		if x.bug == blindLSE && blind {
			lse = 0
		}
		a.LSE[(b*p.QHeads+h)*p.QLen+i] = float32(lse)
	}
}

func (x *plainPlan) spoil(a *attn.Args, out []float32, b, h, i int) {
	for c := range out {
		switch {
		case x.bug == relativeError, x.bug == lastOfMany && x.p.QHeads > 100 && h == x.p.QHeads-1:
			out[c] *= 1 + 1e-4
		case out[c] == 0: // of a row that sees no key
		case x.bug == workerBits && x.workers > 2 && c == 0, x.bug == remembers && x.calls.Load() > 1, x.bug == placeInBatch && b > 0:
			out[c] = math.Nextafter32(out[c], 10)
		}
	}
	if x.bug == dirtyGaps && i+1 < x.p.QLen && a.Out.Stride[2] > x.p.ValueDim {
		a.Out.From(b, h, i)[x.p.ValueDim] = 0
	}
}

// dot adds up four sums, which do not wait for one another.
func dot(x, y []float32) float32 {
	var sums [4]float32
	y = y[:len(x)]
	c := 0
	for ; c+4 <= len(x); c += 4 {
		sums[0] += x[c] * y[c]
		sums[1] += x[c+1] * y[c+1]
		sums[2] += x[c+2] * y[c+2]
		sums[3] += x[c+3] * y[c+3]
	}
	for ; c < len(x); c++ {
		sums[0] += x[c] * y[c]
	}
	return sums[0] + sums[1] + (sums[2] + sums[3])
}

func addRow(out, v []float32, weight float32, swallows bool) {
	if v = v[:len(out)]; !swallows {
		for c := range out {
			out[c] += weight * v[c]
		}
		return
	}
	for c, x := range v {
		if x == x {
			out[c] += weight * x
		}
	}
}

// exp is math.Exp, which is slow where the result is 0.
func exp(x float64) float64 {
	if x < -800 {
		return 0
	}
	return math.Exp(x)
}
