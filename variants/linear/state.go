package linear

// state is what the keys of one kv head fold into: S [M, ldv] = Σ k_j v_jᵀ and, where
// the rule has a normaliser, z [ldm] = Σ phi(k_j). The rest is scratch for T tokens.
type state struct {
	sequence
	s, z  []float32
	b, g  int // batch entry and kv head
	h, of int // the first query head that reads the state, and their number
	taken int // keys

	q, k        []float32 // [heads, rows, ldm] and [T, ldm], features, or rows, zeros past M
	one         []float32 // ones: no decay, and the alpha of a sum that is not rescaled
	o           []float32 // [T, ldv], outputs
	den, factor []float32 // [heads, rows]: denominators; what an output is multiplied by
	eps         []float32 // [heads, rows], what is added to the denominators
	sums        []float32 // [ldm], z of the query heads but the last
	favor       favorState
	projection  []float32 // favor's, transposed: [D, ldm]
	gate        gateScratch
	panel       panelScratch

	ws     []float32 // not taken yet; nil while only counting
	floats int       // taken
}

// take cuts n float32s from ws. Without ws take only counts: the lines that take memory also
// say how much a rule needs.
func (st *state) take(n int) []float32 {
	st.floats += n
	if st.ws == nil {
		return nil
	}
	cut := st.ws[:n:n]
	st.ws = st.ws[n:]
	return cut
}

// takeZeros takes n zeros.
func (st *state) takeZeros(n int) []float32 {
	cut := st.take(n)
	clear(cut)
	return cut
}

// takeOnes takes n ones.
func (st *state) takeOnes(n int) []float32 {
	cut := st.take(n)
	for i := range cut {
		cut[i] = 1
	}
	return cut
}
