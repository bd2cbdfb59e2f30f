package kernel

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, name := range append(Names(), "") {
		set, err := Find(name)
		if err != nil || name != "" && set.Name != name {
			t.Errorf("Find(%q) = %v, %v", name, set, err)
		}
	}
	if _, err := Find("no such set"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("an unknown set gives %v", err)
	}
}

// ATTNBENCH_REQUIRE_ISA names kernel sets, separated by commas, that must have
// been tested: on a machine or in a binary without them the tests fail instead of
// passing without.
func TestRequiredSetsAreHere(t *testing.T) {
	for _, name := range strings.FieldsFunc(os.Getenv("ATTNBENCH_REQUIRE_ISA"), func(r rune) bool { return r == ',' }) {
		if !slices.Contains(Names(), name) {
			t.Errorf("ATTNBENCH_REQUIRE_ISA asks for %s: this machine and binary test %v", name, Names())
		}
	}
}
