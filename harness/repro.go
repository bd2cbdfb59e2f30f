package harness

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// repro is the command that repeats one point. It leaves out shapes that come from a
// tensor file, and shows only the last element of an absolute path.
func (pt Point) repro() string {
	p := pt.Problem
	args := []string{"go run ./cmd/sweep run", "--variants", pt.Variant, "--seqlen", strconv.Itoa(p.QLen)}
	if pt.Phase != "" {
		args = []string{"go run ./cmd/sweep decode", "--variants", pt.Variant, "--contexts", strconv.Itoa(p.KVLen), "--phase", pt.Phase}
	}
	if isFile(pt.Input) {
		args = append(args, "--input", quote(PublicPath(pt.Input)))
	} else {
		args = append(args,
			"--headdim", strconv.Itoa(p.HeadDim), "--heads", strconv.Itoa(p.QHeads),
			"--kvheads", strconv.Itoa(p.KVHeads), "--batch", strconv.Itoa(p.Batch),
			"--input", pt.Input, "--seed", strconv.FormatUint(pt.Seed, 10))
	}
	args = append(args, "--mask", quote(p.Mask), "--rule", p.Rule, "--workers", strconv.Itoa(pt.Workers))
	if pt.ISA != "" {
		args = append(args, "--isa", pt.ISA)
	}
	return strings.Join(args, " ")
}

// PublicPath is how a record names a file: as given inside the working folder, else only
// the last element of its path.
func PublicPath(path string) string {
	if filepath.IsLocal(path) {
		return filepath.ToSlash(path)
	}
	return filepath.Base(path)
}

func quote(s string) string {
	if strings.ContainsAny(s, " \t\"'$&;|<>*?()") {
		return fmt.Sprintf("%q", s)
	}
	return s
}
