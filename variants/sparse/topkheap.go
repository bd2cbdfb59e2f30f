package sparse

// column is the scores of one query block: that of key block j is
// of[(j-from.lo)·stride].
type column struct {
	of     []float32
	stride int
	from   blocks
}

func (c column) at(j int) float32 { return c.of[(j-c.from.lo)*c.stride] }

// outranks orders scores. NaN ranks below every number.
func outranks(x, y float32) bool { return x > y || x == x && y != y }

// keepAll sets the bits lo .. hi-1.
func keepAll(kept []uint64, lo, hi int) {
	for j := lo; j < hi; j++ {
		kept[j/64] |= 1 << (j % 64)
	}
}

// keepTopK sets the bits of the len(heap) candidates with the highest scores; of equal
// scores the earlier candidate wins. There must be more than len(heap) candidates. heap is
// scratch.
func keepTopK(kept []uint64, candidates candidates, heap []float32, scores column) {
	n := 0
	candidates.each(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			x := scores.at(j)
			switch {
			case n < len(heap):
				heap[n] = x
				if n++; n == len(heap) {
					for i := n/2 - 1; i >= 0; i-- {
						siftDown(heap, i)
					}
				}
			case outranks(x, heap[0]):
				heap[0] = x
				siftDown(heap, 0)
			}
		}
	})
	// Keeps every candidate that outranks the lowest score of the heap. The others must equal
	// that score, and fill the room that is left.
	lowest, room := heap[0], 0
	for _, x := range heap {
		if !outranks(x, lowest) {
			room++
		}
	}
	candidates.each(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			x := scores.at(j)
			if !outranks(x, lowest) {
				if room == 0 || outranks(lowest, x) {
					continue
				}
				room--
			}
			kept[j/64] |= 1 << (j % 64)
		}
	})
}

// siftDown moves element i of the heap down to its place. The lowest score is on top.
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
