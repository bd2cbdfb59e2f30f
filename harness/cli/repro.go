package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/source"
)

// program is how a user starts this program, without a path of this machine: "go run" with
// the package in its module, or the name of the file where that is unknown.
func (a *app) program() []string {
	name := []string{strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		if inside, ours := strings.CutPrefix(info.Path, info.Main.Path); ours && !strings.HasSuffix(inside, ".test") {
			name = []string{"go", "run", "." + inside}
		}
	}
	return append(name, a.before()...)
}

// repro is the command that repeats one point. It leaves out shapes that come from a
// tensor file, and shows only the last element of an absolute path.
func (a *app) repro(pt point.Point) string {
	p := pt.Problem
	args := []string{"run", "--variants", pt.Variant, "--seqlen", strconv.Itoa(p.QLen)}
	switch pt.Workload {
	case result.WorkloadDecode, result.WorkloadPrefill:
		args = []string{"decode", "--variants", pt.Variant, "--contexts", strconv.Itoa(p.KVLen), "--phase", pt.Workload}
	}
	if source.IsFile(pt.Input) {
		args = append(args, "--input", quote(point.PublicPath(pt.Input)))
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
	return strings.Join(append(a.program(), args...), " ")
}

func quote(s string) string {
	if strings.ContainsAny(s, " \t\"'$&;|<>*?()") {
		return fmt.Sprintf("%q", s)
	}
	return s
}
