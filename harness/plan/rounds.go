package plan

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/harness/verdict"
)

// turn is the visit of a stop in a round.
type turn struct {
	stop   *stop
	round  int // of its group
	reason reason
}

// visitAll makes the wanted visits of a group in rounds and records its points.
func (s *Sweep) visitAll(ctx context.Context, g *group) error {
	for n := range g.wanted() {
		if s.yields(g, n) {
			break
		}
		var list []turn
		for _, st := range g.stops {
			if st.made() <= n && len(st.open()) > 0 {
				list = append(list, turn{stop: st, round: n})
			}
		}
		if len(list) == 0 {
			continue
		}
		g.next = max(g.next, n+1)
		if err := s.round(ctx, list, g.rng); err != nil {
			return err
		}
	}
	return s.recordAll(g)
}

// yields reports whether a round has to wait until all others are made: it is beyond those
// after which something can be said, and on a busy machine the groups after it have no time
// left for theirs.
func (s *Sweep) yields(g *group, n int) bool {
	if n < verdict.MinSeparate || s.Budget.MaxVisits == 0 || s.CheckOnly {
		return false
	}
	need := time.Duration(0)
	for _, later := range s.groups[slices.Index(s.groups, g)+1:] {
		rounds := 0
		for _, st := range later.stops {
			if k := min(st.wanted, verdict.MinSeparate) - st.most(); k > 0 {
				need += s.pred.visit(st, st.whole(), s.Budget) + time.Duration(k-1)*s.pred.visit(st, false, s.Budget)
				rounds = max(rounds, k)
			}
		}
		need += s.anchorTime(rounds)
	}
	return need > s.left()
}

// round makes visits in random order, with one to the anchor among them. In the first round
// of States what predicts others comes before them.
func (s *Sweep) round(ctx context.Context, list []turn, rng *rand.Rand) error {
	list = slices.Clone(list)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	if list[0].round == 0 {
		slices.SortStableFunc(list, func(a, b turn) int { return a.stop.soon() - b.stop.soon() })
	}
	clear(s.roofs.read)
	at := rng.IntN(len(list) + 1)
	for i := range len(list) + 1 {
		if i == at {
			if err := s.visitAnchor(ctx); err != nil {
				return err
			}
		}
		if i < len(list) {
			if err := s.visit(ctx, list[i]); err != nil {
				return err
			}
		}
	}
	s.rounds++
	return nil
}
