// Command _gen writes the assembly of package kernel: run it in this folder with
//
//	go run .
//
// It is a module of its own, so that nobody who imports the kernels downloads a
// generator. Package amd64 has the emitters.
package main

import (
	"log"
	"os"
	"path/filepath"

	"attnbench/internal/kernel/_gen/amd64"
)

// target is the package folder, seen from here.
const target = ".."

func main() {
	for _, x := range []amd64.ISA{amd64.AVX2, amd64.AVX512} {
		files, err := amd64.Generate(x)
		if err != nil {
			log.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(target, name), text, 0o644); err != nil {
				log.Fatal(err)
			}
		}
	}
}
