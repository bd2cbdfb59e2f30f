package kernel

import "testing"

func TestVisibilityLanes(t *testing.T) {
	vis := Visibility{0, 1 << 3, 1<<20 | 1<<9, 0, 1 << 31}
	for _, c := range []struct{ width, j0, j1, from, n int }{
		{16, 0, 1, 0, 0}, {16, 0, 2, 0, 16}, {8, 2, 3, 8, 16}, {16, 2, 3, 0, 32}, {8, 3, 5, 24, 8}, {1, 1, 3, 3, 18},
	} {
		if from, n := vis.Lanes(c.width, c.j0, c.j1); from != c.from || n != c.n {
			t.Errorf("keys %d..%d by %d: lanes %d+%d: want %d+%d", c.j0, c.j1, c.width, from, n, c.from, c.n)
		}
	}
}
