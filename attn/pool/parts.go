package pool

import (
	"unsafe"

	"attnbench/attn"
)

// line is a cache line in float32s. The scratch of every worker begins on a cache line, so
// that no vector in it straddles two.
const line = 16

// Parts is what every plan shares and embeds: the checks, the workspace of each worker, and
// the distribution of parts over workers. It implements [attn.Plan]. The zero value wants
// Init; afterwards it is immutable, as a Plan is, and must not be copied.
type Parts struct {
	problem   attn.Problem
	pool      attn.Pool
	workers   int
	parts     int
	perWorker int
	part      func(a *attn.Args, ws []float32, i int)
	calls     FreeList[call]
}

// Init prepares f for the parts [0, parts), which depend on the Problem only, never on the
// worker count. Each call of part gets a scratch of perWorker float32s that begins on a
// cache line and holds anything, and must write only what its own part i owns. A workspace
// past [attn.MaxBytes] is an error.
func (f *Parts) Init(p attn.Problem, o attn.Options, parts, perWorker int,
	part func(a *attn.Args, ws []float32, i int)) error {
	f.problem, f.parts, f.part = p, parts, part
	f.perWorker = (perWorker + line - 1) / line * line // written out: this package imports attn alone
	f.workers = max(1, min(o.Workers, parts))
	f.pool = Of(o)
	if err := attn.CheckFloats("QLen, KVLen, HeadDim and ValueDim", "the workspace of a worker", f.perWorker); err != nil {
		return err
	}
	return attn.CheckFloats("Workers", "the workspace", f.workers, f.perWorker)
}

// Workspace implements [attn.Plan].
func (f *Parts) Workspace() int { return f.workers*f.perWorker + line - 1 }

// Forward implements [attn.Plan].
func (f *Parts) Forward(a attn.Args, ws []float32) {
	a.Check(&f.problem, ws, f.Workspace())
	c := f.calls.Get()
	c.f, c.args, c.ws = f, a, aligned(ws)
	f.pool.Run(c, f.parts, f.workers)
	*c = call{}
	f.calls.Put(c)
}

// aligned drops the elements before the first cache line.
func aligned(ws []float32) []float32 {
	if len(ws) < line {
		return ws
	}
	past := uintptr(unsafe.Pointer(unsafe.SliceData(ws))) / 4 % line
	return ws[(line-past)%line:]
}

// call is the record of one Forward: an attn.Task without a closure.
type call struct {
	f    *Parts
	args attn.Args
	ws   []float32
}

// Part implements [attn.Task].
func (c *call) Part(worker, i int) {
	n := c.f.perWorker
	c.f.part(&c.args, c.ws[worker*n:(worker+1)*n:(worker+1)*n], i)
}
