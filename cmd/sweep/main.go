// Command sweep compares the module's attention variants on this machine: it
// sweeps sequence lengths, checks every result, measures time and memory, and
// writes a report.
//
//	go run ./cmd/sweep
//	go run ./cmd/sweep run --variants flash,linear --seqlen 512,4k --workers 1
//	go run ./cmd/sweep decode --contexts 1k,32k
//	go run ./cmd/sweep --help
package main

import (
	"os"

	"attnbench/harness/cli"
	"attnbench/variants"
)

func main() { os.Exit(cli.Main(os.Args[1:], variants.All()...)) }
