// Command _gen writes the assembly of package kernel: run it in this folder with
//
//	go run .
//
// It is a module of its own, so that nobody who imports the kernels downloads a
// generator. avo checks operands and allocates registers; each emitter states
// the algebra above the code that it emits.
package main

import (
	"log"
	"os"
	"path/filepath"
)

// target is the package folder, seen from here.
const target = ".."

func main() {
	for _, x := range []isa{avx2, avx512} {
		files, err := generate(x)
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
