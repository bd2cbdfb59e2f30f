package sparse

// column is the scores of one query block: that of key block j is
// of[(j-from.lo)·stride].
type column struct {
	of     []float32
	stride int
	from   blocks
}

func (c column) at(j int) float32 { return c.of[(j-c.from.lo)*c.stride] }

// outranks orders scores: NaN below all, and below nothing of its own.
func outranks(x, y float32) bool { return x > y || x == x && y != y }

// keepAll sets the bits lo .. hi-1.
func keepAll(kept []uint64, lo, hi int) {
	for j := lo; j < hi; j++ {
		kept[j/64] |= 1 << (j % 64)
	}
}

// keepBest sets the bits of the len(best) rivals with the highest scores, of which
// there are more than that; of equal ones the earlier. best is scratch.
func keepBest(kept []uint64, r rivals, best []float32, scores column) {
	n := 0
	r.each(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			x := scores.at(j)
			switch {
			case n < len(best):
				best[n] = x
				if n++; n == len(best) {
					for i := n/2 - 1; i >= 0; i-- {
						siftDown(best, i)
					}
				}
			case outranks(x, best[0]):
				best[0] = x
				siftDown(best, 0)
			}
		}
	})
	// Whatever outranks the last of the best is among them; of those that equal it,
	// as many as there is room for.
	least, room := best[0], 0
	for _, x := range best {
		if !outranks(x, least) {
			room++
		}
	}
	r.each(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			x := scores.at(j)
			if !outranks(x, least) {
				if room == 0 || outranks(least, x) {
					continue
				}
				room--
			}
			kept[j/64] |= 1 << (j % 64)
		}
	})
}

// siftDown moves element i of a heap with the lowest score on top down to its place.
func siftDown(heap []float32, i int) {
	for {
		low := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if outranks(heap[low], heap[child]) {
				low = child
			}
		}
		if low == i {
			return
		}
		heap[i], heap[low] = heap[low], heap[i]
		i = low
	}
}
