package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attnbench/internal/kernel/_gen/amd64"
)

// The committed files are what the generator makes of its sources, to the byte.
func TestCommittedAssemblyIsFresh(t *testing.T) {
	for _, x := range []amd64.ISA{amd64.AVX2, amd64.AVX512} {
		files, err := amd64.Generate(x)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 2 {
			t.Errorf("%s: %d files: want assembly and declarations", x.Name, len(files))
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
