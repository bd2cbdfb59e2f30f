package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A binary that is built again while a sweep runs would answer for the one that began it.
func TestAProgramThatHasChangedIsNotStarted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	for change, do := range map[string]func() error{
		"longer": func() error { return os.WriteFile(path, []byte("more"), 0o777) },
		"later":  func() error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
		"other": func() error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			os.Rename(path, path+".old")
			os.WriteFile(path, []byte("one"), 0o777)
			return os.Chtimes(path, time.Time{}, info.ModTime())
		},
		"gone": func() error { return os.Remove(path) },
	} {
		if err := os.WriteFile(path, []byte("one"), 0o777); err != nil {
			t.Fatal(err)
		}
		p, err := stamped(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(p); err == nil || !strings.HasPrefix(err.Error(), "no child: ") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestTheProgramOfThisProcessIsItsOwnChild(t *testing.T) {
	own, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(own, "name")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if l := <-p.Lines; err != nil || string(l.Text) != self {
		t.Errorf("its name is %q, want %q (%v)", l.Text, self, err)
	}
	if why := p.End(time.Minute); why != "" {
		t.Error(why)
	}
}
