package kernel

import (
	"os"
	"slices"
	"strings"
	"testing"
)

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
