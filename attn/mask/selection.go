package mask

import (
	"fmt"
	"math/bits"
)

// Selection is the mask of block selection: for each batch entry and query head, the
// queries of a block of rows see whole the blocks of keys that were kept for them. An And
// with the mask of a Problem hides what a kept block shows beyond it, such as the future
// (Lu et al. 2025, MoBA, section 2.2; Yuan et al. 2025, NSA, section 3.3.2).
// A Selection holds a bit for each block of rows and block of keys, entry and head.
type Selection struct {
	blockQ, blockK            int
	batch, heads, rows, keys  int
	queryBlocks, wordsOfBlock int
	start                     []int
	words                     []uint64 // [batch, heads, queryBlocks, wordsOfBlock]
}

// MaxSelectionBlock bounds the rows and the keys of a block.
const MaxSelectionBlock = 4096

// maxSelection bounds the bits of a Selection, in bytes.
const maxSelection = 1 << 40

// NewSelection keeps nothing yet, in blocks of blockQ rows and blockK keys.
func NewSelection(shape Shape, blockQ, blockK int) (*Selection, error) {
	if err := checkCounts("mask: Selection", count{"blockQ", blockQ, 1, MaxSelectionBlock}, count{"blockK", blockK, 1, MaxSelectionBlock}); err != nil {
		return nil, err
	}
	s := &Selection{blockQ: blockQ, blockK: blockK, batch: shape.Batch, heads: shape.QHeads, rows: shape.QLen, keys: shape.KVLen}
	s.queryBlocks, s.wordsOfBlock = (shape.QLen+blockQ-1)/blockQ, (s.keyBlocks()+63)/64
	if bytes := 8 * float64(s.batch) * float64(s.heads) * float64(s.queryBlocks) * float64(s.wordsOfBlock); bytes > maxSelection {
		return nil, fmt.Errorf("mask: Selection: Batch = %d, QHeads = %d, QLen = %d and KVLen = %d take %.3g bytes: want at most %.3g",
			s.batch, s.heads, s.rows, s.keys, bytes, float64(maxSelection))
	}
	for b := range shape.Batch {
		s.start = append(s.start, shape.Start(b))
	}
	s.words = make([]uint64, s.batch*s.heads*s.queryBlocks*s.wordsOfBlock)
	return s, nil
}

func (s *Selection) keyBlocks() int { return (s.keys + s.blockK - 1) / s.blockK }

// Kept are the words of block i of query rows: bit j%64 of word j/64 says whether key
// block j is kept, and bits past the last block are 0. The maker writes them before the
// first use of the Selection; nobody writes them after that.
func (s *Selection) Kept(b, h, i int) []uint64 {
	at := ((b*s.heads+h)*s.queryBlocks + i) * s.wordsOfBlock
	return s.words[at : at+s.wordsOfBlock : at+s.wordsOfBlock]
}

// kept returns the words of the query at position q, nil where there is no such row.
func (s *Selection) kept(b, h, q int) []uint64 {
	i := q - s.start[b]
	if i < 0 || i >= s.rows {
		return nil
	}
	return s.Kept(b, h, i/s.blockQ)
}

// Visible implements [Mask]. A row outside of the Shape sees nothing, and no row sees a
// key outside of it.
func (s *Selection) Visible(b, h, q, k int) bool {
	kept, j := s.kept(b, h, q), k/s.blockK
	return kept != nil && k < s.keys && kept[j/64]>>(j%64)&1 != 0
}

// Bits implements [Mask].
func (s *Selection) Bits(b, h, q, k0 int) uint64 {
	kept := s.kept(b, h, q)
	if kept == nil {
		return 0
	}
	var word uint64
	for lo := k0 / s.blockK * s.blockK; lo < min(k0+64, s.keys); lo += s.blockK {
		if j := lo / s.blockK; kept[j/64]>>(j%64)&1 != 0 {
			word |= ones(lo-k0, lo+s.blockK-k0)
		}
	}
	return word & ones(0, s.keys-k0)
}

// Spans implements [Mask]: whole blocks of keys, 64 of them at a time.
func (s *Selection) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	first, last := max(0, q0-s.start[b]), min(s.rows, q1-s.start[b])
	if first >= last {
		return dst
	}
	outside := last-first < q1-q0 // some queries are outside of the rows
	from, n := len(dst), min(n, s.keys)
	for w := range s.wordsOfBlock {
		var some uint64
		every := ^uint64(0)
		for i := first / s.blockQ; i <= (last-1)/s.blockQ; i++ {
			word := s.Kept(b, h, i)[w]
			some, every = some|word, every&word
		}
		for ; some != 0; some &= some - 1 {
			bit := bits.TrailingZeros64(some)
			lo := (64*w + bit) * s.blockK
			dst = joinSpans(dst, from, Span{lo, min(lo+s.blockK, n), every>>bit&1 != 0 && !outside})
		}
	}
	return dst
}

// Count implements [Counter].
func (s *Selection) Count(b, h, q, lo, hi int) (total int, ok bool) {
	kept := s.kept(b, h, q)
	hi = min(hi, s.keys)
	if kept == nil || lo >= hi {
		return 0, true
	}
	for w := lo / s.blockK / 64; w <= (hi-1)/s.blockK/64; w++ {
		for word := kept[w]; word != 0; word &= word - 1 {
			at := (64*w + bits.TrailingZeros64(word)) * s.blockK
			total += max(0, min(hi, at+s.blockK)-max(lo, at))
		}
	}
	return total, true
}

// Varies implements [Mask].
func (s *Selection) Varies() (batch, head bool) { return s.batch > 1, s.heads > 1 }

// String implements [Mask]. Parse does not read the text, since what is kept is data.
func (s *Selection) String() string {
	return fmt.Sprintf("selection[%dx%dx%dx%d:%d:%d]", s.batch, s.heads, s.rows, s.keys, s.blockQ, s.blockK)
}

// ValidateFor implements [ValidatesFor].
func (s *Selection) ValidateFor(shape Shape) error {
	if s.batch != shape.Batch || s.heads != shape.QHeads || s.rows != shape.QLen || s.keys != shape.KVLen {
		return fmt.Errorf("%v has %d batch entries, %d heads, %d rows and %d keys: want Batch = %d, QHeads = %d, QLen = %d and KVLen = %d",
			s, s.batch, s.heads, s.rows, s.keys, shape.Batch, shape.QHeads, shape.QLen, shape.KVLen)
	}
	for b, start := range s.start {
		if start != shape.Start(b) {
			return fmt.Errorf("the rows of %v begin at position %d: want %d, those of QueryStart", s, start, shape.Start(b))
		}
	}
	return nil
}
