package staterules

import (
	"errors"
	"fmt"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
)

// capacity calls a State wrongly in every way. After each wrong call the State and a twin,
// which was never called wrongly, take another token.
func capacity(k *kit.Kit) {
	for _, c := range kit.Each(k, fewDecodings()) {
		for _, isa := range k.ISAs() {
			o, numbers, none := attn.Options{ISA: isa}, k.Numbers(c.whole()), zeros(c.P)
			f, twin := newFeed(k, c, o, numbers), newFeed(k, c, o, numbers)
			if f == nil || twin == nil {
				break
			}
			taken := []int{20, 11}
			if before := upTo(none, taken, c.P.QLen, false); !f.all(before) || !twin.all(before) {
				continue
			}
			for _, wrong := range wrongCalls(c.P) {
				if !f.wrongly(wrong) || !f.continuesLike(twin, chunk{n: []int{1, 1}, rows: 1}) {
					return
				}
			}
			f.overfull(twin)
		}
	}
}

// continuesLike makes f and twin take x, and compares their output.
func (f *feed) continuesLike(twin *feed, x chunk) bool {
	if slices.Max(f.lens) >= f.a.Out.Shape[2] { // full: begin anew
		for b := range f.lens {
			f.s.Reset(b)
			twin.s.Reset(b)
			f.lens[b], twin.lens[b] = 0, 0
		}
	}
	failed := len(f.k.Violations)
	if !f.take(x) || !twin.take(x) {
		return false
	}
	for b := range f.lens {
		f.equals("after a wrong call and without it", b, twin, b, f.lens[b])
	}
	return len(f.k.Violations) == failed
}

// overfull fills f and twin almost to the capacity, and asks f for more than is left.
func (f *feed) overfull(twin *feed) {
	p := f.c.P
	longest := f.a.Out.Shape[2]
	for b := range f.lens {
		f.s.Reset(b)
		twin.s.Reset(b)
		f.lens[b], twin.lens[b] = 0, 0
	}
	// Some tokens are taken twice: the whole is shorter than the capacity.
	for b := range f.lens {
		for left := p.KVLen - 3*(b+1); left > 0; left -= longest {
			x := chunk{n: zeros(p), rows: min(longest, left), append: true}
			x.n[b] = x.rows
			f.lens[b], twin.lens[b] = 0, 0
			a := f.of(x)
			for _, s := range []attn.State{f.s, twin.s} {
				if err := s.Append(a, x.n); err != nil {
					f.fail("%v up to %d of the capacity %d: %v", x, p.KVLen-3*(b+1), p.KVLen, err)
					return
				}
			}
		}
	}
	at := []int{p.KVLen - 3, p.KVLen - 6}
	refused := func(n []int, rows int) bool {
		ok := true
		for _, x := range []chunk{{n, rows, false}, {n, rows, true}} {
			f.lens = zeros(p) // where of finds the rows of x
			a := f.of(x)
			if err := f.call(x, a, n); !errors.Is(err, attn.ErrFull) {
				f.fail("%v at %v tokens of the capacity %d: the error is %v: want attn.ErrFull", x, at, p.KVLen, err)
			}
			f.untouched(x, a)
			f.lens = slices.Clone(at)
			ok = f.counts(x) && ok
		}
		return ok
	}
	for _, n := range [][]int{{4, 0}, {0, 7}, {1, 7}, {4, 4}, {8, 8}} {
		if !refused(n, slices.Max(n)) {
			return
		}
	}
	last := chunk{n: []int{3, 6}, rows: 6}
	f.lens, twin.lens = zeros(p), zeros(p)
	a, b := f.of(last), twin.of(last)
	errF, errTwin := f.call(last, a, last.n), twin.call(last, b, last.n)
	if errF != nil || errTwin != nil {
		f.fail("%v up to the capacity: %v and %v", last, errF, errTwin)
		return
	}
	f.k.Same(f.c.Case, f.what+": filled up after wrong calls and without them", f.filled(a, last, longest), a.Out, b.Out)
	at = []int{p.KVLen, p.KVLen}
	refused([]int{1, 0}, 1)
}

// filled is what the output a of last was computed from, after the first tokens of each sequence
// were taken again and again in chunks of longest.
func (f *feed) filled(a attn.Args, last chunk, longest int) kit.Numbers {
	p := f.c.P
	p.QLen, p.QueryStart = last.rows, zeros(p)
	whole := func(t attn.Tensor) attn.Tensor {
		if t.Data == nil {
			return t
		}
		all := attn.NewTensor(t.Shape[0], t.Shape[1], p.KVLen, t.Shape[3])
		for b, n := range last.n {
			before := p.KVLen - n
			p.QueryStart[b] = before
			for h := range t.Shape[1] {
				for j := range p.KVLen {
					from := j % longest
					if j >= before {
						from = j - before
					}
					copy(all.Row(b, h, j), t.Row(b, h, from))
				}
			}
		}
		return all
	}
	a.K, a.V, a.Decay, a.Beta = whole(f.a.K), whole(f.a.V), whole(f.a.Decay), whole(f.a.Beta)
	return kit.Numbers{P: p, A: a}
}

// untouched notes where Out or LSE, which were NaN, no longer are.
func (f *feed) untouched(what any, a attn.Args) {
	if at, same := guard.Same(a.Out.Data, kit.NaN(len(a.Out.Data))); !same {
		f.fail("%v is refused and writes element %d of Out", what, at)
	}
	if at, same := guard.Same(a.LSE, kit.NaN(len(a.LSE))); !same {
		f.fail("%v is refused and writes element %d of LSE", what, at)
	}
}

// wrongly makes the call w. The State must refuse it and be as before.
func (f *feed) wrongly(w wrongCall) bool {
	p := f.c.P
	all := zeros(p)
	for b := range all {
		all[b] = w.rows
	}
	for _, x := range []chunk{{all, w.rows, false}, {all, w.rows, true}} {
		if x.append && !w.appends {
			continue
		}
		lens := f.lens
		f.lens = zeros(p) // where of finds the rows
		a := f.of(x)
		f.lens = lens
		if x.append { // so that w.spoil finds Q and Out
			y := x
			y.append = false
			b := f.of(y)
			a.Q, a.Out = b.Q, b.Out
		}
		ws := kit.NaN(f.floats)
		if w.spoil != nil {
			w.spoil(&a, &ws)
		}
		if a.Q.Data == nil { // w.spoil found nothing to spoil
			continue
		}
		before := kit.Clone(a.Out)
		var err error
		call := func() {
			if x.append {
				err = f.s.Append(a, w.n)
				return
			}
			err = f.s.Extend(a, w.n, ws)
		}
		caught := kit.PanicOf(call)
		if w.panics != "" {
			if why := kit.NoMisuse(caught, w.panics); why != "" {
				f.fail("%v with %s %s: the error is %v", x, w.what, why, err)
			}
		} else if caught != nil {
			f.fail("%v with %s panics: %v", x, w.what, caught)
		} else if err == nil {
			f.fail("%v with %s is no error", x, w.what)
		}
		if at, same := guard.Same(before.Data, a.Out.Data); !same {
			f.fail("%v with %s writes element %d of Out", x, w.what, at)
		}
		if !f.counts(fmt.Sprintf("%v with %s", x, w.what)) {
			return false
		}
	}
	return true
}
