package mask_test

import (
	"slices"
	"testing"

	"attnbench/attn/mask"
)

// The spans of a row are exactly the keys that the row sees, joined as far as they touch.
func TestRowSpansAreWhatTheRowSees(t *testing.T) {
	const n = 300
	odd := mask.Predicate("odd", func(_, _, q, k int) bool { return (q+k)%5 == 1 || k > 100 && k < 170 })
	for _, m := range []mask.Mask{
		mask.Causal(), mask.Window{Left: 30, Right: 0}, mask.StreamingLLM(5, 40), mask.Strided{Stride: 7}, mask.Strided{Stride: 130},
		mask.Fixed{Block: 50, Summary: 3}, mask.And(mask.Causal(), odd), mask.Or(mask.Window{Left: 9, Right: 0}, mask.And(mask.Strided{Stride: 3}, odd)),
	} {
		var got, scratch []mask.Span
		for q := range n {
			var want []mask.Span
			for k := range n {
				switch last := len(want) - 1; {
				case !m.Visible(0, 0, q, k):
				case last >= 0 && want[last].Hi == k:
					want[last].Hi++
				default:
					want = append(want, mask.Span{Lo: k, Hi: k + 1, Full: true})
				}
			}
			if got, scratch = mask.RowSpans(got[:0], scratch, m, 0, 0, q, n); !slices.Equal(got, want) {
				t.Fatalf("%v: the query at %d sees %v: want %v", m, q, got, want)
			}
			if sinks, left, ok := mask.Streaming(m); ok {
				if got := mask.StreamSpans(nil, sinks, left, q); !slices.Equal(got, want) {
					t.Fatalf("%v: the query at %d sees %v as a stream: want %v", m, q, got, want)
				}
			}
		}
	}
}
