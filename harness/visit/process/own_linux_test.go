package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The file at the path of a running program may change: its children run what it runs.
func TestAChildRunsWhatItsParentRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, binary, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "replaced").CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("%s, %v", out, err)
	}
}

// replaceItself puts another program in the place of its own and starts itself.
func replaceItself() {
	own, err := Own()
	if err != nil {
		panic(err)
	}
	os.Remove(own.name)
	if err := os.WriteFile(own.name, []byte("#!/bin/sh\necho changed\n"), 0o777); err != nil {
		panic(err)
	}
	p, err := Start(own, "echo")
	if err != nil {
		panic(err)
	}
	p.Send([]byte("hello"))
	os.Stdout.Write(append((<-p.Lines).Text, '\n'))
	p.End(0)
}
