package kernel

// Recurrence is what Recur works on.
type Recurrence struct {
	Out           []float32 // [Tokens, Dv]
	Q, K          []float32 // features [Tokens, M]
	A             []float32 // decays [Tokens, M], 0 to 1; nil: none
	V             []float32 // [Tokens, Dv]
	S             []float32 // [M, LdS], rows of whole pairs of vectors, zeros past Dv
	Factor        []float32 // [Tokens]
	M, Tokens, Dv int

	LdOut, Ld, LdV, LdS int // row strides; Ld of Q, K and A

	// Query heads that read one state: 1, 2, 4 or 8. Out, Q and Factor of the next head begin
	// so many float32s further on.
	Heads                      int
	HeadOut, HeadQ, HeadFactor int

	// The rows whose features are Q and K: those of token 0 come first, and rows follow the
	// last of these Tokens.
	// Recur prefetches V and Out by itself.
	PrefetchQ, PrefetchK Prefetch
}

func recurGeneric(r Recurrence) {
	for t := range r.Tokens {
		value, o := r.V[t*r.LdV:t*r.LdV+r.Dv], r.Out[t*r.LdOut:t*r.LdOut+r.Dv]
		clear(o)
		for h := 1; h < r.Heads; h++ {
			clear(r.Out[h*r.HeadOut+t*r.LdOut:][:r.Dv])
		}
		for i := range r.M {
			x, y := r.K[t*r.Ld+i], r.Q[t*r.Ld+i]
			row := r.S[i*r.LdS : i*r.LdS+r.Dv]
			decay := float32(1)
			if r.A != nil {
				decay = r.A[t*r.Ld+i]
			}
			for c, s := range row {
				s = decay*s + x*value[c]
				row[c] = s
				o[c] += y * s
			}
			for h := 1; h < r.Heads; h++ {
				y, o := r.Q[h*r.HeadQ+t*r.Ld+i], r.Out[h*r.HeadOut+t*r.LdOut:][:r.Dv]
				for c, s := range row {
					o[c] += y * s
				}
			}
		}
		for h := range max(1, r.Heads) {
			o, factor := r.Out[h*r.HeadOut+t*r.LdOut:][:r.Dv], r.Factor[h*r.HeadFactor+t]
			for c := range o {
				o[c] *= factor
			}
		}
	}
}
