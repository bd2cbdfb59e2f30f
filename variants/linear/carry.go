package linear

import "attnbench/attn"

// Load implements [attn.CarriedState].
func (s *decodingState) Load(b, length int, a attn.Args) error {
	entry, err := a.CheckLoad(&s.p, b, length)
	if err != nil {
		return err
	}
	s.Reset(b)
	if entry.Projection.Data != nil {
		s.loaded[b] = make([]float32, len(s.projection))
		s.transpose(s.loaded[b], entry.Projection)
	}
	for g := range s.p.KVHeads {
		st := state{b: b, g: g}
		st.open(s.several.rule, s.of(b, g))
		s.several.rule.load(&st, &entry, 0)
	}
	s.lens[b] = length
	return nil
}

// Store implements [attn.CarriedState].
func (s *decodingState) Store(b int, a attn.Args) error {
	entry, err := a.CheckStore(&s.p, b)
	if err != nil {
		return err
	}
	for g := range s.p.KVHeads {
		st := state{b: b, g: g}
		st.open(s.several.rule, s.of(b, g))
		s.several.rule.store(&st, &entry, 0)
	}
	return nil
}
