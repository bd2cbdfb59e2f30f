package staterules

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// reset empties one batch entry. From then on that entry gives the outputs of a new State, and
// the other entry those of a State where nothing was emptied.
func reset(k *kit.Kit) {
	for i, c := range kit.Each(k, fewDecodings()) {
		first, other, none := k.Numbers(c.whole()), otherNumbers(c), zeros(c.P)
		taken := []int{30, 23}
		before := mixed(c.P, none, taken, uint64(i), true)
		for _, isa := range k.ISAs() {
			for b := range taken {
				o := attn.Options{ISA: isa, Workers: 2}
				f, twin, fresh := newFeed(k, c, o, first), newFeed(k, c, o, first), newFeed(k, c, o, other)
				if f == nil || twin == nil || fresh == nil || !f.all(before) || !twin.all(before) {
					break
				}
				f.what += fmt.Sprintf(", Reset(%d)", b)
				if !k.Guarded(f.what, func() { f.s.Reset(b) }) {
					break
				}
				if f.lens[b] = 0; !f.counts("Reset") {
					break
				}
				keep := []int{first.K.Shape[2], first.K.Shape[2]}
				keep[b] = 0
				f.a = f.with(spliced(first, other, keep))
				after := mixed(c.P, none, []int{20, 20}, uint64(i+50), false)
				if f.all(after) && twin.all(after) && fresh.all(after) {
					f.equals("an entry emptied and a new one", b, fresh, b, 20)
					f.equals("the entry beside one emptied and beside none", 1-b, twin, 1-b, taken[1-b]+20)
				}
			}
		}
	}
}
