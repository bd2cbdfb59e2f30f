package report

import "fmt"

// opening is the verdict on the machine, with which a report begins: how far its numbers can
// be told apart.
func (x *reading) opening() string {
	text := x.run.String()
	if x.run.Visits == 0 {
		text = "noise unknown: each point was measured once, so that no point is called faster or slower"
	}
	text += "."
	switch out, all := x.leftOut(), x.run.Disturbed; {
	case all == 0:
		return text
	case out == all:
		return text + fmt.Sprintf(" %s of %s disturbed and left out.", Count(int64(all)), plural(x.run.Visits, "visit was", "visits were"))
	case out == 0:
		return text + fmt.Sprintf(" %s of %s disturbed; none is left out, as too few others remain.", Count(int64(all)), plural(x.run.Visits, "visit was", "visits were"))
	default:
		return text + fmt.Sprintf(" %s of %s disturbed; %d of them left out, where enough others remain.", Count(int64(all)), plural(x.run.Visits, "visit was", "visits were"), out)
	}
}

// leftOut is the number of visits that have a time and that no median counts.
func (x *reading) leftOut() (n int) {
	for _, p := range x.Points {
		n += leftOut(x.run, p)
	}
	return n
}

// rate writes GFLOP/s with three digits at most: 81, 9.5.
func rate(gflops float64) string {
	if gflops >= 1000 {
		return fmt.Sprintf("%.0f", gflops)
	}
	return fmt.Sprintf("%.3g", gflops)
}
