package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Read reads the results.jsonl of a folder, or a file of that format, and validates every
// record. It skips kinds and keys that it does not know, and drops a torn last line, which
// a killed process may leave, with a warning. Anything else that is not a record is an
// error that names file and line, and the field where there is one.
func Read(path string) (Sweep, error) {
	folder := ""
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		folder, path = path, filepath.Join(path, FileName)
		info, err = os.Stat(path)
	}
	var data []byte
	switch {
	case folder != "" && errors.Is(err, fs.ErrNotExist):
		return Sweep{}, fmt.Errorf("%s: holds no %s", folder, FileName)
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a file") // a pipe or device may have no end
	case err == nil:
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return Sweep{}, fmt.Errorf("%s: cannot read: %w", path, reason(err))
	}
	r, err := parse(data)
	if err == nil && r.sweep.Run.Kind != KindRun {
		err = fmt.Errorf(" has no line of kind %q: not the record of a sweep", KindRun)
	}
	if err != nil {
		return Sweep{}, fmt.Errorf("%s:%w", path, err)
	}
	return r.sweep, nil
}

// reader takes a results.jsonl line by line. An error of its methods begins with the
// number of the line.
type reader struct {
	sweep  Sweep
	number int         // of the line at hand
	lines  lineNumbers // of the records of the sweep
	whole  int64       // bytes of the lines that were taken
}

type lineNumbers struct{ visits, points []int }

// parse reads a whole journal. A file without lines has no run.
func parse(data []byte) (*reader, error) {
	r := &reader{}
	for len(data) > 0 {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		r.number++
		if bytes.IndexByte(line, 0) >= 0 {
			return nil, fmt.Errorf("%d: not a record: it holds NUL bytes, which a crash of the machine leaves: cut the file before this line", r.number)
		}
		if err := r.take(bytes.TrimSpace(line)); err != nil {
			if !ended && !json.Valid(line) {
				r.sweep.Warning = fmt.Sprintf("line %d is torn and was dropped", r.number)
				break
			}
			return nil, fmt.Errorf("%d: %w", r.number, err)
		}
		r.whole += int64(len(data) - len(rest))
		data = rest
	}
	return r, r.join()
}

func (r *reader) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	kind, err := kindOf(line)
	if err != nil {
		return fmt.Errorf("not a record: %w", err)
	}
	s := &r.sweep
	switch kind {
	case "":
		return errors.New("not a record: it has no kind")
	case KindRun:
		return s.takeRun(line)
	case KindVisit, KindPoint, KindRecall, KindEnd:
		if s.Run.Kind != KindRun {
			return fmt.Errorf("a %s before the run, which must be the first line", kind)
		}
	}
	switch kind {
	case KindVisit:
		if s.Run.Schema < 2 {
			return fmt.Errorf("a visit in a record of schema %d, which has none", s.Run.Schema)
		}
		s.Visits, err = appended(s.Visits, line, Visit.check)
		r.lines.visits = append(r.lines.visits, r.number)
	case KindPoint:
		s.Points, err = appended(s.Points, line, func(p Point) error { return p.check(s.Run) })
		r.lines.points = append(r.lines.points, r.number)
	case KindRecall:
		s.Recalls, err = appended(s.Recalls, line, func(r Recall) error { return r.check(s.Run) })
	case KindEnd:
		var ends []End
		if ends, err = appended(nil, line, End.check); err == nil {
			s.End = &ends[0]
		}
	}
	if err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("not a record: %w", syntax)
		}
		return fmt.Errorf("not a valid %s: %w", kind, err)
	}
	return nil
}

// kindOf is the kind of a line. The journal writes it first, which saves reading long lines
// twice.
func kindOf(line []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(line, []byte(`{"kind":"`)); ok {
		for _, kind := range []string{KindVisit, KindPoint} {
			if bytes.HasPrefix(rest, []byte(kind+`",`)) {
				return kind, nil
			}
		}
	}
	var head struct {
		Kind string `json:"kind"`
	}
	err := json.Unmarshal(line, &head)
	return head.Kind, err
}

// appended adds the record of a line that passes its check.
func appended[T any](list []T, line []byte, check func(T) error) ([]T, error) {
	var record T
	if err := json.Unmarshal(line, &record); err != nil {
		return list, err
	}
	if err := check(record); err != nil {
		return list, err
	}
	return append(list, record), nil
}

// takeRun looks at the schema before anything whose meaning depends on it.
func (s *Sweep) takeRun(line []byte) error {
	if s.Run.Kind == KindRun {
		return errors.New("a second run: want one sweep in a file")
	}
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(line, &version); err != nil {
		return fmt.Errorf("not a valid run: %w", err)
	}
	switch {
	case version.Schema > Schema:
		return fmt.Errorf("schema %d is newer than %d, the newest that this version reads", version.Schema, Schema)
	case version.Schema < 1:
		return errors.New("not a valid run: it has no schema")
	}
	runs, err := appended(nil, line, Run.check)
	if err != nil {
		return fmt.Errorf("not a valid run: %w", err)
	}
	s.Run = runs[0]
	return nil
}
