package mask

import "fmt"

// Keep is the mask given element by element: query row i, at position Start[b] + i,
// sees key k where bit (b, h, i, k) is set, as in ONNX Attention's attn_mask of booleans.
// A single batch entry or head stands for all of them.
// A Keep holds Nq·Nk bits for each entry and head.
type Keep struct {
	batch, heads, rows, keys int
	start                    []int
	words                    []uint64 // [batch, heads, rows, ⌈keys/64⌉], bit k%64 of word k/64
}

// NewKeep copies allowed [batch, heads, rows, keys], where true takes part, for a
// Shape with QLen = rows and KVLen = keys. batch and heads are those of the Shape, or 1
// for any number. start [batch or 1] is Shape.Start, the position of the first row; nil is
// keys-rows (bottom-right).
func NewKeep(allowed []bool, batch, heads, rows, keys int, start []int) (*Keep, error) {
	if err := checkCounts("mask: Keep", count{"batch", batch, 1, maxWindow}, count{"heads", heads, 1, maxWindow},
		count{"rows", rows, 1, maxWindow}, count{"keys", keys, 1, maxWindow}); err != nil {
		return nil, err
	}
	if rest := len(allowed); rest/batch/heads/rows != keys || rest%batch != 0 || rest/batch%heads != 0 || rest/batch/heads%rows != 0 {
		return nil, fmt.Errorf("mask: Keep: allowed has %d elements: want batch·heads·rows·keys, %d·%d·%d·%d", len(allowed), batch, heads, rows, keys)
	}
	if start == nil {
		start = []int{keys - rows}
	}
	if len(start) != 1 && len(start) != batch {
		return nil, fmt.Errorf("mask: Keep: start has %d entries: want 1 or batch = %d", len(start), batch)
	}
	m := &Keep{batch, heads, rows, keys, append([]int(nil), start...), nil}
	m.words = make([]uint64, batch*heads*rows*m.stride())
	for i, yes := range allowed {
		if yes {
			k := i % keys
			m.words[i/keys*m.stride()+k/64] |= 1 << (k % 64)
		}
	}
	return m, nil
}

func (m *Keep) stride() int { return (m.keys + 63) / 64 }

// row returns the words of the query at position q, nil where there is no such row.
func (m *Keep) row(b, h, q int) []uint64 {
	i := q - m.start[min(b, len(m.start)-1)]
	if i < 0 || i >= m.rows {
		return nil
	}
	at := ((min(b, m.batch-1)*m.heads+min(h, m.heads-1))*m.rows + i) * m.stride()
	return m.words[at : at+m.stride()]
}

// Visible implements [Mask]. A row outside of allowed sees nothing, and no row sees a key
// outside of it.
func (m *Keep) Visible(b, h, q, k int) bool {
	row := m.row(b, h, q)
	return row != nil && k < m.keys && row[k/64]>>(k%64)&1 != 0
}

// Bits implements [Mask].
func (m *Keep) Bits(b, h, q, k0 int) uint64 {
	row, at, shift := m.row(b, h, q), k0/64, k0%64
	if at >= len(row) { // no such row, or past its keys
		return 0
	}
	word := row[at] >> shift
	if shift > 0 && at+1 < len(row) {
		word |= row[at+1] << (64 - shift)
	}
	return word
}

// Spans implements [Mask]: exactly the keys that some row of the range sees, Full where
// all rows see them.
func (m *Keep) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	return refine(dst, len(dst), 0, min(n, m.keys), 0, m, b, h, q0, q1)
}

// Varies implements [Mask].
func (m *Keep) Varies() (batch, head bool) { return m.batch > 1 || len(m.start) > 1, m.heads > 1 }

// String implements [Mask]. Parse does not read the text, since the elements are data.
func (m *Keep) String() string {
	return fmt.Sprintf("keep[%dx%dx%dx%d]", m.batch, m.heads, m.rows, m.keys)
}

// ValidateFor implements [ValidatesFor].
func (m *Keep) ValidateFor(s Shape) error {
	switch {
	case m.rows != s.QLen || m.keys != s.KVLen:
		return fmt.Errorf("keep has %d rows and %d keys: want QLen = %d and KVLen = %d", m.rows, m.keys, s.QLen, s.KVLen)
	case m.batch != 1 && m.batch != s.Batch:
		return fmt.Errorf("keep has %d batch entries: want 1 or Batch = %d", m.batch, s.Batch)
	case m.heads != 1 && m.heads != s.QHeads:
		return fmt.Errorf("keep has %d heads: want 1 or QHeads = %d", m.heads, s.QHeads)
	case len(m.start) != 1 && len(m.start) != s.Batch:
		return fmt.Errorf("keep has %d starts: want 1 or Batch = %d", len(m.start), s.Batch)
	}
	for b := range s.Batch {
		if start := m.start[min(b, len(m.start)-1)]; start != s.Start(b) {
			return fmt.Errorf("keep's rows begin at position %d: want %d, those of QueryStart", start, s.Start(b))
		}
	}
	return nil
}
