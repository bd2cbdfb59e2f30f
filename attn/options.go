package attn

import "fmt"

// Options are the choices of a Plan that change how, never what.
type Options struct {
	Workers int    // goroutines that work on one Forward; 0 means 1, and fewer is an error
	Pool    Pool   // where they come from; nil: the module's own process-wide pool
	ISA     string // kernel set: "" the best available; otherwise exactly this one, or errors.ErrUnsupported
}

// Pool lends goroutines. An engine that has a pool of its own passes it in
// Options, so that two pools never fight over the cores.
type Pool interface {
	// Run calls t.Part(worker, i) once for every i in [0, n) and returns when all
	// calls have. At most workers calls run at once, each at that moment with a
	// worker of its own in [0, workers).
	Run(t Task, n, workers int)
}

// Task is work in parts that may run in any order and at the same time.
type Task interface {
	Part(worker, i int)
}

// HasISAs is implemented by variants that run on a choice of kernel sets.
type HasISAs interface {
	// ISAs lists the names that Options.ISA takes on this machine, best first.
	ISAs() []string
}

// ISAsOf returns the kernel sets of v on this machine, best first; nil where v
// has no choice.
func ISAsOf(v Variant) []string {
	if t, ok := v.(HasISAs); ok {
		return t.ISAs()
	}
	return nil
}

// Validate reports the first option that makes no sense as an error that names it. Whether
// the machine has the kernel set ISA is the variant's to say.
func (o Options) Validate() error {
	if o.Workers < 0 {
		return fmt.Errorf("attn: Workers is %d: want 0 or more, 0 for 1", o.Workers)
	}
	return nil
}
