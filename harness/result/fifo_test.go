//go:build unix

package result

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe or a device in the place of a journal is an error at once: it may have no end.
func TestAPipeIsNoJournal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	for _, read := range []func() error{
		func() error { _, err := Read(dir); return err },
		func() error { _, err := Read(path); return err },
		func() error { _, _, err := Resume(dir, someRun()); return err },
	} {
		if err := read(); err == nil || err.Error() != path+": cannot read: not a file" {
			t.Error(err)
		}
	}
	if _, err := Create(dir, someRun()); err == nil || !strings.Contains(err.Error(), "holds a results.jsonl already") {
		t.Error(err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := Read("/dev/zero"); err == nil || err.Error() != "/dev/zero: cannot read: not a file" {
			t.Error(err)
		}
	}
}
