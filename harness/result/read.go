package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Read reads the results.jsonl of a folder, or a file of that format. Kinds and
// keys that it does not know are passed over, and so is a last line without its
// end, which a killed process may leave. Anything else that is not a record is an
// error that names file and line.
func Read(path string) (Sweep, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	data, err := os.ReadFile(path)
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
	return s, nil
}

// take adds one line.
func (s *Sweep) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	var head struct {
		Kind   string `json:"kind"`
		Schema int    `json:"schema"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("not a record: %w", err)
	}
	switch head.Kind {
	case KindRun:
		if head.Schema > Schema {
			return fmt.Errorf("schema %d is newer than %d, the newest that this version reads", head.Schema, Schema)
		}
		return json.Unmarshal(line, &s.Run)
	case KindPoint:
		var p Point
		if err := json.Unmarshal(line, &p); err != nil {
			return fmt.Errorf("not a point: %w", err)
		}
		s.Points = append(s.Points, p)
	case KindEnd:
		var e End
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("not an end: %w", err)
		}
		s.End = &e
	}
	return nil
}
