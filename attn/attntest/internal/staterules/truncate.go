package staterules

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/oracle"
)

// otherNumbers returns inputs of c's whole that differ from those of Kit.Numbers.
func otherNumbers(c decoding) attn.Args {
	return kit.Inputs(c.whole().P, c.Profile, kit.Seed+1)
}

// spliced returns a up to token keep[b] of each batch entry b, followed by what other has.
func spliced(a, other attn.Args, keep []int) attn.Args {
	for _, t := range []struct{ into, from *attn.Tensor }{{&a.Q, &other.Q}, {&a.K, &other.K}, {&a.V, &other.V}, {&a.Decay, &other.Decay}, {&a.Beta, &other.Beta}} {
		if t.into.Data == nil {
			continue
		}
		*t.into = kit.Clone(*t.into)
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

// truncate shortens sequences, which then go on with other tokens.
func truncate(k *kit.Kit) {
	truncateAnywhere(k)
	for i, c := range kit.Each(k, fewDecodings()) {
		first, other, none, taken := k.Numbers(c.whole()), otherNumbers(c), zeros(c.P), []int{40, 33}
		for j, keep := range [][]int{{0, 33}, {40, 0}, {39, 32}, {20, 31}, {1, 33}, {36, 7}, {40, 33}} {
			before := mixed(c.P, none, taken, uint64(100*i+j), true)
			// Where one State refuses and another does not, their sequences differ.
			wants := map[string]func() []oracle.Expected{}
			for _, isa := range k.ISAs() {
				f := newFeed(k, c, attn.Options{ISA: isa, Workers: 2}, first)
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
				if f.all(mixed(c.P, kept, c.lens, uint64(100*i+j+50), false)) {
					f.agrees(wants[key]())
				}
			}
		}
	}
}

// truncateAnywhere shortens a sequence to every length. A ring buffer still holds some
// of the tokens; which depends on the chunks before and on the one after.
func truncateAnywhere(k *kit.Kit) {
	const taken = 40
	for _, c := range kit.Each(k, fewDecodings()[:4]) {
		first, other := k.Numbers(c.whole()), otherNumbers(c)
		for n := 1; n < taken; n++ {
			a := spliced(first, other, []int{n, taken})
			var rows []oracle.Row
			for i := range 12 {
				rows = append(rows, oracle.Row{H: i % c.P.QHeads, I: n + i})
			}
			want := sync.OnceValue(func() []oracle.Expected { return oracle.ExpectAll(c.whole().P, a, rows) })
			for _, before := range []int{1, 7, 16} {
				for _, after := range []int{1, 6, 12} {
					f := newFeed(k, c, attn.Options{}, first)
					if f == nil {
						return
					}
					f.what += fmt.Sprintf(", %d tokens by %d truncated to %d and extended by %d", taken, before, n, after)
					if !f.all(upTo([]int{0, 0}, []int{taken, 0}, before, false)) {
						return
					}
					if after == 6 { // in two steps
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

// with returns a with the output of f.
func (f *feed) with(a attn.Args) attn.Args {
	a.Out, a.LSE = f.a.Out, f.a.LSE
	return a
}

// truncate shortens each entry to keep, and returns the lengths after that: an entry that
// the State does not shorten keeps its own. The State must refuse lengths that an entry
// never had.
func (f *feed) truncate(keep []int) (kept []int, ok bool) {
	for b, n := range keep {
		for _, wrong := range []int{-1, f.lens[b] + 1, f.c.P.KVLen + 1} {
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
			f.k.Unsupported++
		}
		if !f.counts(fmt.Sprintf("Truncate(%d, %d)", b, n)) {
			return nil, false
		}
	}
	return slices.Clone(f.lens), true
}

func (f *feed) truncateOne(b, n int) (err error) {
	if !f.k.Guarded(fmt.Sprintf("%s: Truncate(%d, %d)", f.what, b, n), func() { err = f.s.Truncate(b, n) }) {
		return errors.New("panicked")
	}
	return err
}
