package visit

import (
	"context"

	"attnbench/harness/result"
)

// Pinned makes visits whose samples are taken on as many CPUs as the point has workers, the
// first of CPUs.
type Pinned struct {
	Executor
	CPUs []int
}

// Visit implements [Executor].
func (p Pinned) Visit(ctx context.Context, r Request) ([]result.Visit, error) {
	workers := 1
	for _, pt := range r.Points {
		workers = max(workers, pt.Workers)
	}
	r.CPUs = p.CPUs[:min(workers, len(p.CPUs))]
	return p.Executor.Visit(ctx, r)
}
