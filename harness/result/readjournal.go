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

// Read reads the results.jsonl of a folder, or a file of that format. It skips kinds and
// keys that it does not know, and a torn last line, which a killed process may leave.
// Anything else that is not a record is an error that names file and line.
func Read(path string) (Sweep, error) {
	folder := ""
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder, path = path, filepath.Join(path, FileName)
	}
	data, err := os.ReadFile(path)
	if folder != "" && errors.Is(err, fs.ErrNotExist) {
		return Sweep{}, fmt.Errorf("%s: holds no %s", folder, FileName)
	}
	if err != nil {
		return Sweep{}, fmt.Errorf("%s: cannot read: %w", path, reason(err))
	}
	var s Sweep
	for number := 1; len(data) > 0; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if err := s.take(bytes.TrimSpace(line)); err != nil {
			if !whole {
				break
			}
			return Sweep{}, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		data = rest
	}
	if s.Run.Kind != KindRun {
		return Sweep{}, fmt.Errorf("%s: has no line of kind %q: not the record of a sweep", path, KindRun)
	}
	s.join()
	return s, nil
}

// join keeps the last point and the last recall of each key, in the place of the first,
// and hands each point its visits.
func (s *Sweep) join() {
	s.Points = lastOfEach(s.Points, func(p Point) string { return p.Key })
	s.Recalls = lastOfEach(s.Recalls, func(r Recall) string { return r.Key })
	of := map[string][]Visit{}
	for _, v := range s.Visits {
		of[v.Key] = append(of[v.Key], v)
	}
	for i := range s.Points {
		if p := &s.Points[i]; p.Key != "" {
			p.Visited = of[p.Key]
		}
	}
}

// lastOfEach keeps the last record of each key, in the place of the first. Records of
// schema 1 have no key and all stay.
func lastOfEach[T any](records []T, key func(T) string) []T {
	at := map[string]int{}
	var list []T
	for _, r := range records {
		k := key(r)
		if i, known := at[k]; known && k != "" {
			list[i] = r
			continue
		}
		at[k] = len(list)
		list = append(list, r)
	}
	return list
}

func (s *Sweep) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("not a record: %w", err)
	}
	switch head.Kind {
	case "":
		return errors.New("not a record: it has no kind")
	case KindRun:
		return s.takeRun(line)
	case KindVisit:
		var v Visit
		if err := json.Unmarshal(line, &v); err != nil {
			return fmt.Errorf("not a visit: %w", err)
		}
		s.Visits = append(s.Visits, v)
	case KindPoint:
		var p Point
		if err := json.Unmarshal(line, &p); err != nil {
			return fmt.Errorf("not a point: %w", err)
		}
		s.Points = append(s.Points, p)
	case KindRecall:
		var r Recall
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("not a recall: %w", err)
		}
		s.Recalls = append(s.Recalls, r)
	case KindEnd:
		var e End
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("not an end: %w", err)
		}
		s.End = &e
	}
	return nil
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
		return fmt.Errorf("not a run: %w", err)
	}
	switch {
	case version.Schema > newest:
		return fmt.Errorf("schema %d is newer than %d, the newest that this version reads", version.Schema, newest)
	case version.Schema < 1:
		return errors.New("not a run: it has no schema")
	}
	var run Run
	if err := json.Unmarshal(line, &run); err != nil {
		return fmt.Errorf("not a run: %w", err)
	}
	s.Run = run
	return nil
}
