package machine

import "sync/atomic"

// places are where workers were last seen, by worker: the physical core, or the CPU where
// there are more workers than cores or cores are not known.
type places []atomic.Int64

// nowhere is the place of a worker that was not seen.
const nowhere = -1

func newPlaces(workers int) places {
	p := make(places, workers)
	for w := range p {
		p[w].Store(nowhere)
	}
	return p
}

// look notes where the worker that calls it runs.
func (p places) look(worker int) {
	cpu, ok := cpuNow()
	if !ok {
		return
	}
	t := ReadTopology()
	if core, known := t.core[cpu]; known && len(p) <= t.Cores {
		cpu = core
	}
	p[worker].Store(int64(cpu))
}

// apart reports whether each worker was seen in a place of its own.
func (p places) apart() bool {
	for i := range p {
		place := p[i].Load()
		if place == nowhere {
			return false
		}
		for j := range i {
			if p[j].Load() == place {
				return false
			}
		}
	}
	return true
}
