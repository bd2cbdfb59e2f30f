package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/source"
)

// describe is the run record.
func (a *app) describe(f *axisFlags, begin time.Time) result.Run {
	run := result.Run{
		Kind: result.KindRun, Schema: result.Schema, Time: begin.UTC().Truncate(time.Second),
		Command: commandLine(a.args), Seed: f.seed, Input: point.PublicPath(f.input), Machine: machine.Describe(),
		Binary: binary(), Settings: settings(f.set),
	}
	if source.IsFile(f.input) {
		run.InputDigest = digest(f.input)
	}
	run.Commit, run.Modified = machine.Commit(".")
	return run
}

// unsettled are the flags that do not change what a sweep measures.
var unsettled = map[string]bool{"out": true, "resume": true, "help": true, "mem": true, "input": true}

// settings are the flags of a sweep, defaults filled in.
func settings(set *pflag.FlagSet) map[string]string {
	all := map[string]string{}
	set.VisitAll(func(f *pflag.Flag) {
		if !unsettled[f.Name] {
			all[f.Name] = f.Value.String()
		}
	})
	return all
}

// binary is a hash of this program's file; empty where it cannot be read.
func binary() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return digest(path)
}

// digest is a hash of a file; empty where it cannot be read.
func digest(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// open makes the report's folder and journal, or goes on with those of an earlier run. A
// named folder must not hold results; the default folder gets a number where it does.
func (a *app) open(out string, resume bool, begin time.Time, run result.Run) (dir string, j *result.Journal, earlier result.Sweep, err error) {
	if out != "" {
		out = filepath.Clean(out) // a folder that is left again by .. need not be there
	}
	switch {
	case resume && out == "":
		return "", nil, earlier, errors.New("--resume: name the folder to go on with by --out")
	case resume:
		j, earlier, err = result.Resume(out, run)
		if err == nil && earlier.Warning != "" {
			fmt.Fprintf(a.stderr, "sweep: warning: %s: %s\n", filepath.Join(out, result.FileName), earlier.Warning)
		}
		dir = out
	case out != "":
		dir = out
		j, err = result.Create(out, run)
	default:
		dir = freeFolder(begin)
		j, err = result.Create(dir, run)
	}
	if err != nil {
		err = fmt.Errorf("--out %w", err)
	}
	return dir, j, earlier, err
}

// freeFolder is the default folder, with a number where there are results already.
func freeFolder(begin time.Time) string {
	host, _ := os.Hostname()
	host, _, _ = strings.Cut(cmp.Or(host, "host"), ".")
	base := filepath.Join("reports", begin.UTC().Format(time.DateOnly)+"-"+host)
	dir := base
	for n := 2; ; n++ {
		if _, err := os.Stat(filepath.Join(dir, result.FileName)); errors.Is(err, os.ErrNotExist) || n > 1000 {
			return dir
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
}
