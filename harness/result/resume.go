package result

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Resume opens the journal of dir to go on with it, and returns what it holds; a journal
// that is empty, or was not started, begins with run. The journal must be of the same
// settings, binary and machine as run: the error says what differs, and the journal stays
// as it is. A torn last line is dropped, with a warning in the Sweep.
func Resume(dir string, run Run) (*Journal, Sweep, error) {
	run.Schema = Schema
	path := filepath.Join(dir, FileName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		j, err := Create(dir, run)
		return j, Sweep{Run: run}, err
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err != nil {
		return nil, Sweep{}, fmt.Errorf("%s: cannot read: %w", path, reason(err))
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, Sweep{}, fmt.Errorf("%s: cannot open for reading and writing: %w", path, reason(err))
	}
	j, sweep, err := goOn(f, run)
	if err != nil {
		f.Close()
		return nil, Sweep{}, err
	}
	return j, sweep, nil
}

// goOn locks a journal before it reads it: what another sweep appends must not be cut off.
func goOn(f *os.File, run Run) (*Journal, Sweep, error) {
	path := f.Name()
	if err := lock(f); err != nil {
		return nil, Sweep{}, fmt.Errorf("%s: another sweep writes it: %w", path, err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, Sweep{}, fmt.Errorf("%s: cannot read: %w", path, reason(err))
	}
	r, err := parse(data)
	if err != nil {
		return nil, Sweep{}, fmt.Errorf("%s:%w", path, err)
	}
	started := r.sweep.Run.Kind == KindRun
	switch {
	case !started && r.whole > 0:
		return nil, Sweep{}, fmt.Errorf("%s: has no line of kind %q: not the record of a sweep", path, KindRun)
	case started && r.sweep.Run.Schema < 2:
		return nil, Sweep{}, fmt.Errorf("%s: is of schema %d, which has no visits to go on with: name another folder", path, r.sweep.Run.Schema)
	case started:
		if list := differences(r.sweep.Run, run); len(list) > 0 {
			return nil, Sweep{}, fmt.Errorf("%s: cannot go on with a sweep that differs: %s", path, strings.Join(list, "; "))
		}
	}
	j := &Journal{file: f, size: r.whole}
	if err := j.begin(run, data, started); err != nil {
		return nil, Sweep{}, err
	}
	if !started {
		r.sweep.Run = run
	}
	return j, r.sweep, nil
}

// begin cuts what follows the whole lines, ends the last of them, and writes the run where
// the journal has none.
func (j *Journal) begin(run Run, data []byte, started bool) error {
	if err := j.file.Truncate(j.size); err != nil {
		return fmt.Errorf("%s: cannot write: %w", j.file.Name(), reason(err))
	}
	if whole := data[:j.size]; len(whole) > 0 && !bytes.HasSuffix(whole, []byte("\n")) {
		if err := j.write([]byte("\n")); err != nil {
			return err
		}
	}
	if started {
		return nil
	}
	run.Kind = KindRun
	return j.append(run)
}

// maxDifferences bounds the differences that one line tells.
const maxDifferences = 4

// differences says, each in a few words, what keeps a sweep from going on with the visits
// of another.
func differences(there, here Run) []string {
	var list []string
	differ := func(what, a, b string) { list = append(list, difference(what, a, b)...) }
	names := map[string]bool{}
	for _, settings := range []map[string]string{there.Settings, here.Settings} {
		for name := range settings {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		differ(name, there.Settings[name], here.Settings[name])
	}
	differ("the seed", fmt.Sprint(there.Seed), fmt.Sprint(here.Seed))
	differ("the input", there.Input, here.Input)
	differ("the content of the input", there.InputDigest, here.InputDigest)
	if there.Binary != "" && here.Binary != "" {
		if there.Binary != here.Binary {
			list = append(list, "the binary is another: commit "+orNone(there.Commit)+" there and "+orNone(here.Commit)+" here")
		}
	} else {
		differ("the commit", version(there), version(here))
	}
	list = append(list, MachinesDiffer(there.Machine, here.Machine)...)
	if more := len(list) - maxDifferences; more > 0 {
		list = append(list[:maxDifferences], fmt.Sprintf("and %d more", more))
	}
	return list
}

// MachinesDiffer says, each in a few words, what differs between two machines.
func MachinesDiffer(a, b Machine) []string {
	var list []string
	differ := func(what, a, b string) { list = append(list, difference(what, a, b)...) }
	differ("the system", a.OS+"/"+a.Arch, b.OS+"/"+b.Arch)
	differ("Go", a.GoVersion, b.GoVersion)
	differ("the CPU", a.CPU, b.CPU)
	differ("the features", strings.Join(a.Features, " "), strings.Join(b.Features, " "))
	differ("the number of cores", fmt.Sprint(a.Cores), fmt.Sprint(b.Cores))
	differ("the cache sizes", fmt.Sprint(a.L1dBytes, a.L2Bytes, a.L3Bytes), fmt.Sprint(b.L1dBytes, b.L2Bytes, b.L3Bytes))
	differ("the memory", fmt.Sprint(a.MemoryBytes), fmt.Sprint(b.MemoryBytes))
	a.Environment.differences(b.Environment, differ)
	return list
}

// difference says what differs there and here; nothing where it does not.
func difference(what, a, b string) []string {
	if a == b {
		return nil
	}
	return []string{fmt.Sprintf("%s is %s there and %s here", what, orNone(a), orNone(b))}
}

// version is what stands for the binary where its hash is not known.
func version(r Run) string {
	if r.Modified {
		return r.Commit + " with changes"
	}
	return r.Commit
}

// orNone is at most a few words of a value.
func orNone(s string) string {
	const limit = 60
	switch r := []rune(s); {
	case s == "":
		return "none"
	case len(r) > limit:
		return string(r[:limit]) + "…"
	}
	return s
}
