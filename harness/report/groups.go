package report

// groups collects values by key, in the order in which the keys first appear.
type groups[K comparable, V any] struct {
	keys []K
	of   map[K][]V
}

func (g *groups[K, V]) add(key K, value V) {
	if g.of == nil {
		g.of = map[K][]V{}
	}
	if _, known := g.of[key]; !known {
		g.keys = append(g.keys, key)
	}
	g.of[key] = append(g.of[key], value)
}
