package linear

import (
	"attnbench/attn"
	"attnbench/internal/par"
)

// sequence is the query rows and the keys that one batch entry brings to a call. Row i is at
// position start + i, key j at position j.
type sequence struct {
	start, rows, keys int
	causal            bool
}

// reach is the number of keys that a query row sees.
func (q *sequence) reach(row int) int {
	if !q.causal {
		return q.keys
	}
	return max(0, min(q.keys, q.start+row+1))
}

// driver walks over the keys of one kv head and the query rows of heads that share its state,
// under any rule.
type driver struct {
	*shape
	rule rule
	// shares cuts a head group into the query heads that share a state: share i begins at
	// head shares[i] of the group and ends before shares[i+1].
	shares []int
}

func newDriver(s *shape, form string) driver {
	d := driver{shape: s, rule: newRule(s, form), shares: []int{0}}
	for at := 0; at < s.group; {
		at += d.rule.heads(s.group - at)
		d.shares = append(d.shares, at)
	}
	return d
}

// share makes st that of the query heads of share i.
func (d driver) share(st *state, i int) {
	st.h, st.of = st.g*d.group+d.shares[i], d.shares[i+1]-d.shares[i]
}

// walk writes the outputs of all rows of the query heads of st. The state takes the keys that
// the rows see, once for all heads.
func (d driver) walk(st *state, a *attn.Args) {
	for row, rows := 0, 0; row < st.rows; row += rows {
		var before, n int
		before, rows, n = d.rule.next(st, row)
		d.update(st, a, before)
		if n > 0 {
			d.rule.block(st, a, row, rows, n)
			par.PreemptionPoint()
			continue
		}
		for h := range st.of {
			d.rule.output(st, a, st.h+h, row, rows)
			par.PreemptionPoint()
		}
	}
}

// update takes keys into the state until it has so many.
func (d driver) update(st *state, a *attn.Args, keys int) {
	for st.taken < keys {
		d.rule.update(st, a, min(d.tokens, keys-st.taken))
		par.PreemptionPoint()
	}
}

// next implements rule token by token. While every row sees one key more than the row
// before, a block has as many keys as rows. Keys before the first row only update the
// state; rows after the last key only read the state.
func (x *shape) next(st *state, row int) (before, rows, n int) {
	reach := st.reach(row)
	if st.causal && reach > st.taken {
		n = min(x.rowsPerBlock, st.rows-row, st.keys-(reach-1))
		return reach - 1, n, n
	}
	rows = 1
	for rows < min(x.rowsPerBlock, st.rows-row) && st.reach(row+rows) == reach {
		rows++
	}
	return reach, rows, 0
}
