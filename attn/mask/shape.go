package mask

// Shape is what a mask is laid over: the batch entries and query heads, the query rows
// and keys of each, and where the rows stand.
type Shape struct {
	Batch, QHeads, QLen, KVLen int

	QueryStart []int // [Batch] position of query row 0; nil: KVLen-QLen (bottom-right)
	KVLens     []int // [Batch] valid keys, 0 .. KVLen; nil: KVLen
}

// Start is the position of query row 0 of batch entry b.
func (s Shape) Start(b int) int {
	if s.QueryStart != nil {
		return s.QueryStart[b]
	}
	return s.KVLen - s.QLen
}

// Keys is the number of valid keys of batch entry b.
func (s Shape) Keys(b int) int {
	if s.KVLens != nil {
		return s.KVLens[b]
	}
	return s.KVLen
}
