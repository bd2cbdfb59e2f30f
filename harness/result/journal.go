package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// FileName is the journal's name in a report's folder.
const FileName = "results.jsonl"

// Journal appends one line to results.jsonl as each record is finished, so that all
// finished points stay, whatever ends the process; [Read] skips a line that this tears.
// It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	file *os.File
	size int64 // of the whole lines
}

// Create makes dir, its parents, and a results.jsonl whose first line is run with Kind
// and Schema set. An existing results.jsonl is an error and stays as it is. After an
// error Create leaves nothing behind.
func Create(dir string, run Run) (*Journal, error) {
	made, err := makeAll(filepath.Clean(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot make the folder: %w", dir, reason(err))
	}
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		removeAll(made)
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%s: holds a %s already, which stays as it is: name another folder", dir, FileName)
		}
		return nil, fmt.Errorf("%s: cannot write into the folder: %w", dir, reason(err))
	}
	j := &Journal{file: f}
	run.Kind, run.Schema = KindRun, Schema
	if err := j.append(run); err != nil {
		f.Close()
		os.Remove(path)
		removeAll(made)
		return nil, err
	}
	return j, nil
}

// makeAll is os.MkdirAll and returns the folders that it made, outermost first.
func makeAll(dir string) (made []string, err error) {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return nil, errors.New("not a folder")
		}
		return nil, nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if made, err = makeAll(parent); err != nil {
			return made, err
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() {
			return made, nil // another process made it in the meantime
		}
		removeAll(made)
		return nil, err
	}
	return append(made, dir), nil
}

func removeAll(dirs []string) {
	for i := len(dirs) - 1; i >= 0; i-- {
		os.Remove(dirs[i])
	}
}

// reason is the cause of an error without the path, which the caller names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Append writes one point as one line, with one call. A number that is not
// finite is an error, and nothing is written.
func (j *Journal) Append(p Point) error {
	p.Kind = KindPoint
	return j.append(p)
}

// End writes the last line.
func (j *Journal) End(e End) error {
	e.Kind = KindEnd
	return j.append(e)
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

func (j *Journal) append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	// At the end of the whole lines, not of the file: a line that a full disk tore is
	// written over, so that no record continues a torn line.
	n, err := j.file.WriteAt(append(line, '\n'), j.size)
	if err != nil {
		return fmt.Errorf("%s: cannot write: %w", FileName, reason(err))
	}
	j.size += int64(n)
	return nil
}
