package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The committed files are what the generator makes of its sources, to the byte.
func TestCommittedAssemblyIsFresh(t *testing.T) {
	for _, x := range []isa{avx2, avx512} {
		files, err := generate(x)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 2 {
			t.Errorf("%s: %d files: want assembly and declarations", x.name, len(files))
		}
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(target, name))
			if err != nil {
				t.Error(err)
				continue
			}
			if diff := cmp.Diff(string(got), string(want)); diff != "" {
				t.Errorf("%s is stale: go run . in this folder (-committed +generated)\n%s", name, diff)
			}
		}
	}
}
