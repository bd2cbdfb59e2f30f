package plan

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

const (
	// furtherTurns are the visits of a further round beside the anchor: few, so that the next
	// round knows what these have changed.
	furtherTurns = 8

	// narrow is the width of an interval, in units of its median, that needs no further visit.
	narrow = 0.02
)

// reason is why a further visit is made, the most urgent last.
type reason int

const (
	enough reason = iota
	wide
	noInterval
	disturbed
	tooFew
)

// String is the reason in words, behind "where".
func (r reason) String() string {
	return [...]string{"all is known", "the interval is widest", "visits are too few for an interval", "the machine was disturbed", "visits are too few to say anything"}[r]
}

// lack is what the visits of a stop leave open.
type lack struct {
	stop   *stop
	group  *group
	reason reason
	width  float64 // of the interval, in units of the median
}

// further makes visits beyond the wanted ones, round after round: it repeats disturbed ones,
// and goes where the interval is widest, until all are narrow, or the number of visits or the
// time is at its end.
func (s *Sweep) further(ctx context.Context) error {
	if s.CheckOnly || s.Earlier.End != nil && s.Earlier.End.Status == "complete" {
		return nil
	}
	s.reopen()
	rng := rand.New(rand.NewPCG(s.Seed, uint64(len(s.groups))))
	told := false
	for {
		lacks := s.lacks()
		if len(lacks) == 0 {
			break
		}
		if !told {
			s.note("%s; further ones %s", count(s.visits, "visit"), tell(lacks))
			told = true
		}
		var list []turn
		next := map[*group]int{}
		for _, l := range lacks[:min(len(lacks), furtherTurns)] {
			l.stop.want = l.stop.most() + 1
			list = append(list, turn{l.stop, l.group.next, l.reason})
			next[l.group] = l.group.next + 1
		}
		for g, n := range next {
			g.next = n
		}
		if err := s.round(ctx, list, rng); err != nil {
			return err
		}
	}
	return nil
}

// tell says in words why visits are made.
func tell(lacks []lack) string {
	n := map[reason]int{}
	for _, l := range lacks {
		n[l.reason]++
	}
	var list []string
	for r := tooFew; r > enough; r-- {
		if n[r] > 0 {
			list = append(list, fmt.Sprintf("where %s (%d)", r, n[r]))
		}
	}
	return strings.Join(list, ", ")
}

// lacks are the stops that want a further visit for which there is time, the most urgent first,
// and then the one with the widest interval.
func (s *Sweep) lacks() (list []lack) {
	run := s.judge()
	for _, g := range s.groups {
		for _, st := range g.stops {
			l := lack{stop: st, group: g}
			for _, c := range st.cells {
				if !c.over {
					r, width := s.lack(run, c, st.wanted)
					if l.reason = max(l.reason, r); r != enough {
						l.width = max(l.width, width)
					}
				}
			}
			if l.reason == enough {
				continue
			}
			st.want = st.most() + 1
			if s.pred.visit(st, false, s.Budget) <= s.left() {
				list = append(list, l)
			}
			st.want = st.most()
		}
	}
	slices.SortStableFunc(list, func(a, b lack) int {
		return cmp.Or(cmp.Compare(b.reason, a.reason), cmp.Compare(b.width, a.width))
	})
	return list
}

// lack says why a cell wants one more visit, and how wide its interval is.
func (s *Sweep) lack(run verdict.Run, c *cell, wanted int) (reason, float64) {
	p, peak := c.visited(), s.roofs.peak[engineOf(c.Point)]
	counting := verdict.Over(verdict.Times(run.Counting(p)))
	quiet, lost := 0, false
	for _, v := range c.visits {
		switch {
		case moved(v, peak):
			lost = true
		case v.Timed() && run.IsDisturbed(p, v):
			lost = lost || wanted >= verdict.MinQuiet // fewer leave no visit out
		case v.Timed():
			quiet++
		}
	}
	more := len(c.visits) < s.Budget.MaxVisits
	again := lost && quiet < wanted && len(c.visits) < 2*wanted
	switch {
	case counting.Visits < verdict.MinSeparate && (more || again):
		return tooFew, counting.Width()
	case again:
		return disturbed, counting.Width()
	case more && !counting.Known():
		return noInterval, counting.Width()
	case more && counting.Width() > narrow:
		return wide, counting.Width()
	}
	return enough, 0
}

// judge is what the visits made so far say of the machine.
func (s *Sweep) judge() verdict.Run {
	var all result.Sweep
	for _, g := range s.groups {
		for _, st := range g.stops {
			for _, c := range st.cells {
				all.Points = append(all.Points, c.visited())
			}
		}
	}
	if s.anchor != nil {
		all.Visits = s.anchor.visits
	}
	return verdict.Of(all)
}

// reopen goes on with the points that were given up beside a low peak.
func (s *Sweep) reopen() {
	for _, g := range s.groups {
		for _, st := range g.stops {
			for _, c := range st.cells {
				if c.failed(0) >= maxFailed && c.failed(s.roofs.peak[engineOf(c.Point)]) < maxFailed {
					c.over = false
				}
			}
		}
	}
}

func (s *Sweep) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(fmt.Sprintf(format, args...))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
