package report

import (
	"fmt"
	"slices"

	"attnbench/harness/result"
)

// visitsView is what the section about visits shows; without visits there is none.
type visitsView struct {
	Summary string
	Counts  []pair     // points by their number of visits
	Lost    []visitRow // visits that went wrong, of points that have others
}

type visitRow struct {
	Series, N, Number, Status, Message string
}

func (x *reading) visitsView() visitsView {
	var v visitsView
	var counts groups[int, string]
	visits, points, isolated := 0, 0, 0
	for _, p := range x.Points {
		if len(p.Visited) == 0 {
			continue
		}
		points, visits = points+1, visits+len(p.Visited)
		counts.add(len(p.Visited), p.Key)
		for _, made := range p.Visited {
			if made.Isolated {
				isolated++
			}
			if made.Status == result.StatusFailed {
				v.Lost = append(v.Lost, visitRow{p.Series, lengthOf(p), fmt.Sprint(made.Number + 1), string(made.Status), made.Message})
			}
		}
	}
	if visits == 0 {
		return v
	}
	where := "each in a process of its own"
	if isolated == 0 {
		where = "all in the process of the sweep, so that no point has a measured peak of memory"
	} else if isolated < visits {
		where = Count(int64(isolated)) + " of them in a process of its own"
	}
	v.Summary = fmt.Sprintf("%s to %s, %s", plural(visits, "visit", "visits"), plural(points, "point", "points"), where)
	slices.Sort(counts.keys)
	for _, n := range counts.keys {
		v.Counts = append(v.Counts, pair{Count(int64(n)), Count(int64(len(counts.of[n])))})
	}
	return v
}
