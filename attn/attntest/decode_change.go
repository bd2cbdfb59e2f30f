package attntest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// otherNumbers are inputs of c's whole that k.numbers does not make.
func otherNumbers(c decoding) attn.Args {
	return inputsOf(c.whole().p, c.profile, seed+1)
}

// spliced is a, followed in batch entry b by what other has from token keep[b] on.
func spliced(a, other attn.Args, keep []int) attn.Args {
	for _, t := range []struct{ into, from *attn.Tensor }{{&a.Q, &other.Q}, {&a.K, &other.K}, {&a.V, &other.V}, {&a.Decay, &other.Decay}, {&a.Beta, &other.Beta}} {
		if t.into.Data == nil {
			continue
		}
		*t.into = clone(*t.into)
		for b, n := range keep {
			for h := range t.into.Shape[1] {
				for i := n; i < t.into.Shape[2]; i++ {
					copy(t.into.Row(b, h, i), t.from.Row(b, h, i))
				}
			}
		}
	}
	return a
}

// truncate shortens sequences and lets them go on otherwise.
func truncate(k *kit) {
	truncateAnywhere(k)
	for i, c := range fewDecodings() {
		first, other, none, taken := k.numbers(c.whole()), otherNumbers(c), zeros(c.p), []int{40, 33}
		for j, keep := range [][]int{{0, 33}, {40, 0}, {39, 32}, {20, 31}, {1, 33}, {36, 7}, {40, 33}} {
			before := mixed(c.p, none, taken, uint64(100*i+j), true)
			// What is refused keeps its length, which differs between States.
			wants := map[string]func() []oracle.Expected{}
			for _, isa := range k.isas() {
				f := k.feed(c, attn.Options{ISA: isa, Workers: 2}, first)
				if f == nil {
					break
				}
				if f.what += fmt.Sprintf(", %v truncated to %v", taken, keep); !f.all(before) {
					continue
				}
				kept, ok := f.truncate(keep)
				if !ok {
					continue
				}
				f.a = f.with(spliced(first, other, kept))
				key := fmt.Sprint(kept)
				if wants[key] == nil {
					wants[key] = sync.OnceValue(func() []oracle.Expected { return c.expected(f.a) })
				}
				if f.all(mixed(c.p, kept, c.lens, uint64(100*i+j+50), false)) {
					f.agrees(wants[key]())
				}
			}
		}
	}
}

// truncateAnywhere shortens a sequence to every length. Under a window some are still
// held and some not, and which depends on the chunks before and the one after.
func truncateAnywhere(k *kit) {
	const taken = 40
	for _, c := range fewDecodings()[:4] {
		first, other := k.numbers(c.whole()), otherNumbers(c)
		for n := 1; n < taken; n++ {
			a := spliced(first, other, []int{n, taken})
			var rows []oracle.Row
			for i := range 12 {
				rows = append(rows, oracle.Row{H: i % c.p.QHeads, I: n + i})
			}
			want := sync.OnceValue(func() []oracle.Expected { return oracle.ExpectAll(c.whole().p, a, rows) })
			for _, before := range []int{1, 7, 16} {
				for _, after := range []int{1, 6, 12} {
					f := k.feed(c, attn.Options{}, first)
					if f == nil {
						return
					}
					f.what += fmt.Sprintf(", %d tokens by %d truncated to %d and extended by %d", taken, before, n, after)
					if !f.all(upTo([]int{0, 0}, []int{taken, 0}, before, false)) {
						return
					}
					if after == 6 { // in two steps, the first of which keeps what it must not bring back
						f.truncate([]int{(n + taken) / 2, 0})
					}
					if kept, ok := f.truncate([]int{n, 0}); !ok || kept[0] != n {
						continue
					}
					f.a = f.with(a)
					if f.all(upTo([]int{n, 0}, []int{n + 12, 0}, after, false)) {
						f.agrees(want())
					}
				}
			}
		}
	}
}

// with is a with the output of f.
func (f *feed) with(a attn.Args) attn.Args {
	a.Out, a.LSE = f.a.Out, f.a.LSE
	return a
}

// truncate shortens each entry to keep and returns the lengths after that: what is
// refused stays. Lengths that an entry never had must be refused.
func (f *feed) truncate(keep []int) (kept []int, ok bool) {
	for b, n := range keep {
		for _, wrong := range []int{-1, f.lens[b] + 1, f.c.p.KVLen + 1} {
			if err := f.truncateOne(b, wrong); err == nil {
				f.fail("Truncate(%d, %d) of %d tokens is no error", b, wrong, f.lens[b])
			}
			if !f.counts(fmt.Sprintf("Truncate(%d, %d)", b, wrong)) {
				return nil, false
			}
		}
		switch err := f.truncateOne(b, n); {
		case err == nil:
			f.lens[b] = n
		case n == 0 || n == f.lens[b] || !errors.Is(err, errors.ErrUnsupported):
			f.fail("Truncate(%d, %d) of %d tokens: %v", b, n, f.lens[b], err)
			return nil, false
		default:
			f.k.unsupported++
		}
		if !f.counts(fmt.Sprintf("Truncate(%d, %d)", b, n)) {
			return nil, false
		}
	}
	return slices.Clone(f.lens), true
}

func (f *feed) truncateOne(b, n int) (err error) {
	if !f.k.guarded(fmt.Sprintf("%s: Truncate(%d, %d)", f.what, b, n), func() { err = f.s.Truncate(b, n) }) {
		return errors.New("panicked")
	}
	return err
}

// reset empties one entry, which then gives what that of a new State gives, and the
// other what it gives where nothing was emptied.
func reset(k *kit) {
	for i, c := range fewDecodings() {
		first, other, none := k.numbers(c.whole()), otherNumbers(c), zeros(c.p)
		taken := []int{30, 23}
		before := mixed(c.p, none, taken, uint64(i), true)
		for _, isa := range k.isas() {
			for b := range taken {
				o := attn.Options{ISA: isa, Workers: 2}
				f, twin, fresh := k.feed(c, o, first), k.feed(c, o, first), k.feed(c, o, other)
				if f == nil || twin == nil || fresh == nil || !f.all(before) || !twin.all(before) {
					break
				}
				f.what += fmt.Sprintf(", Reset(%d)", b)
				if !k.guarded(f.what, func() { f.s.Reset(b) }) {
					break
				}
				if f.lens[b] = 0; !f.counts("Reset") {
					break
				}
				keep := []int{first.K.Shape[2], first.K.Shape[2]}
				keep[b] = 0
				f.a = f.with(spliced(first, other, keep))
				after := mixed(c.p, none, []int{20, 20}, uint64(i+50), false)
				if f.all(after) && twin.all(after) && fresh.all(after) {
					f.equals("an entry emptied and a new one", b, fresh, b, 20)
					f.equals("the entry beside one emptied and beside none", 1-b, twin, 1-b, taken[1-b]+20)
				}
			}
		}
	}
}
