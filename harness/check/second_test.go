package check

import (
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/internal/input"
	"attnbench/internal/oracle"
)

// A second variant that may compute a part of the rows finds what is wrong in these.
func TestAPartOfTheRowsIsComparedWhereAllWouldTakeTooLong(t *testing.T) {
	p := attn.Problem{Batch: 2, QHeads: 2, KVHeads: 2, QLen: 100, KVLen: 100, HeadDim: 4, ValueDim: 4, Mask: attn.Causal()}
	a, err := input.Args(p, "gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	compute := func(p attn.Problem, a attn.Args) {
		plan, err := scripted.Variant{}.Plan(p, attn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plan.Forward(a, nil)
	}
	x := &Second{name: "other", signs: oracle.Signs(p.ValueDim, 1), lo: 30, hi: 50, of: 100}
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
		v := x.Check(Rows{p: p}, a, "gaussian")
		row[2] = right
		if (v.Disagrees == "") != (c.want == "") || !strings.HasPrefix(v.Disagrees, c.want) {
			t.Errorf("row %d wrong: %q", c.row, v.Disagrees)
		}
	}
	for _, rows := range []int{100, 64, 1} {
		if x.pick(rows, Other{Seed: 7}); x.lo < 0 || x.hi > 100 || x.hi-x.lo != rows {
			t.Errorf("%d of 100 rows are %d to %d", rows, x.lo, x.hi)
		}
	}
}

// A slow second variant computes a part of the rows, and the limit is kept.
func TestASlowSecondVariantComputesAPartOfTheRows(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 512, KVLen: 512, HeadDim: 4, ValueDim: 4, Mask: attn.Causal()}
	a, err := input.Args(p, "gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	slow := scripted.Variant{ID: "slow", Sleep: 20 * time.Millisecond}
	o := Other{Problem: p, Args: a, Variant: scripted.Variant{ID: "x"}, Others: []attn.Variant{slow}, Limit: 30 * time.Millisecond, Seed: 3}
	x := NewSecond(o)
	if name, rows := x.Name(); name != "slow" || rows < minSecondRows || rows >= 512 {
		t.Errorf("%q computed %d rows", name, rows)
	}
	o.Limit = 0
	if NewSecond(o) != nil {
		t.Error("no limit, and a second way")
	}
}
