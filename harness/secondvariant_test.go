package harness

import (
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

// A second variant that may compute a part of the rows finds what is wrong in these.
func TestAPartOfTheRowsIsComparedWhereAllWouldTakeTooLong(t *testing.T) {
	p := heads(2, 2, 100)
	p.Batch, p.Mask = 2, attn.Causal()
	a, err := profile{"gaussian", 1}.Args(p)
	if err != nil {
		t.Fatal(err)
	}
	compute := func(p attn.Problem, a attn.Args) {
		plan, err := scripted{}.Plan(p, attn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plan.Forward(a, nil)
	}
	x := &second{name: "other", signs: oracle.Signs(p.ValueDim, 1), lo: 30, hi: 50}
	q, b := x.part(p, a)
	compute(q, b)
	x.rows, x.units = oracle.Project(b.Out, x.signs), oracle.PairBound(&q, &b)
	compute(p, a)
	for _, c := range []struct {
		row  int
		want string
	}{{0, ""}, {29, ""}, {30, "beside other: batch 1 head 1 row 30 "}, {49, "beside other: batch 1 head 1 row 49 "}, {50, ""}} {
		row := a.Out.Row(1, 1, c.row)
		right := row[2]
		row[2] += 0.01
		v := x.check(oracleCheck{p: p}, a, "gaussian")
		row[2] = right
		if (v.disagrees == "") != (c.want == "") || !strings.HasPrefix(v.disagrees, c.want) {
			t.Errorf("row %d wrong: %q", c.row, v.disagrees)
		}
	}
	for _, part := range []float64{0.5, 0.01} {
		x.lo, x.hi = 0, 1000
		if x.shrink(part, 7, 1000); x.lo < 0 || x.hi > 1000 || x.hi-x.lo != max(64, int(1000*part)) {
			t.Errorf("%v of 1000 rows are %d to %d", part, x.lo, x.hi)
		}
	}
}

func TestTheRecordSaysWhichPartHadASecondVariant(t *testing.T) {
	x := scripted{name: "x", sleep: 40 * time.Millisecond}
	slow := scripted{name: "slow", sleep: 160 * time.Millisecond}
	p := secondOf(t, x, slow, heads(1, 1, 256))
	if a := p.Agreement; p.Status != result.StatusOK || a.Second != "slow" || a.SecondRows < 64 || a.SecondRows >= 256 {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, a)
	}
}
