package cli

import (
	"slices"
	"testing"
)

func TestWorkersDoubleUpToAllOfAnyNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		all  int
		want []int
	}{
		{"1:all", 8, []int{1, 2, 4, 8}},
		{"1:all", 6, []int{1, 2, 4, 6}},
		{"1:all", 1, []int{1}},
		{"all", 6, []int{6}},
		{"all:all", 6, []int{6}},
		{"3:10", 1, []int{3, 6, 10}},
		{"4,1,all,1:4", 2, []int{4, 1, 2}},
	} {
		if got, err := parseWorkers("--workers", c.text, c.all); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s of %d: %v, %v: want %v", c.text, c.all, got, err, c.want)
		}
	}
}
