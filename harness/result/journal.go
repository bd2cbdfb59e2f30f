package result

import (
	"cmp"
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
// finished visits and points stay, whatever ends the process; [Read] drops a line that this
// tears. It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	file *os.File
	size int64 // of the whole lines
}

// Create makes dir, its parents, and a results.jsonl whose first line is run with Kind
// and, where it has none, Schema set. An existing results.jsonl is an error and stays as
// it is. After an error Create leaves nothing behind.
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
	// A sweep that resumes may have taken the file since it was made.
	if err := lock(f); err != nil || sizeOf(f) > 0 {
		f.Close()
		return nil, fmt.Errorf("%s: another sweep writes it", path)
	}
	j := &Journal{file: f}
	run.Kind, run.Schema = KindRun, cmp.Or(run.Schema, Schema)
	if err := j.append(run); err != nil {
		f.Close()
		os.Remove(path)
		removeAll(made)
		return nil, err
	}
	return j, nil
}

// sizeOf is the size of an open file; 0 where it is not known.
func sizeOf(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
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

// End writes the last line and waits until the disk has the whole journal.
func (j *Journal) End(e End) error {
	e.Kind = KindEnd
	if err := j.append(e); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("%s: cannot write: %w", j.file.Name(), reason(err))
	}
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

func (j *Journal) append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("%s: %w", j.file.Name(), err)
	}
	return j.write(append(line, '\n'))
}

// write adds bytes at the end of the whole lines, all of them or none: what a full disk
// took of them is cut off again.
func (j *Journal) write(data []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.WriteAt(data, j.size); err != nil {
		_ = j.file.Truncate(j.size) // a torn line that stays is dropped by Read
		return fmt.Errorf("%s: cannot write: %w", j.file.Name(), reason(err))
	}
	j.size += int64(len(data))
	return nil
}
