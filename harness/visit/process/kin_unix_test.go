//go:build unix

package process

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func killItself() { unix.Kill(os.Getpid(), unix.SIGKILL) }

// liveAsParent starts a child, says which, and waits.
func liveAsParent() {
	mode := "hangs"
	if runtime.GOOS != "linux" {
		mode = "echo" // which ends with its standard input
	}
	p, err := Start(Program{Path: os.Args[0]}, mode)
	if err != nil {
		panic(err)
	}
	fmt.Println(p.cmd.Process.Pid)
	time.Sleep(time.Minute)
}

func TestTheSignalThatEndedAChildIsNamed(t *testing.T) {
	p := start(t, "killed")
	if why := p.End(time.Minute); why != "ended by SIGKILL, as the system ends a process where memory runs out" {
		t.Error(why)
	}
	p = start(t, "hangs")
	<-p.Lines // when the Go runtime handles signals
	unix.Kill(p.cmd.Process.Pid, unix.SIGBUS)
	if why := p.End(time.Minute); why != "exit status 2: SIGBUS: bus error" {
		t.Error(why)
	}
	p = start(t, "hangs")
	<-p.Lines
	unix.Kill(p.cmd.Process.Pid, unix.SIGTERM)
	if why := p.End(time.Minute); why != "ended by SIGTERM" {
		t.Error(why)
	}
}

func TestCtrlCReachesTheParentAlone(t *testing.T) {
	p := start(t, "echo")
	defer p.End(time.Minute)
	if group, err := unix.Getpgid(p.cmd.Process.Pid); err != nil || group != p.cmd.Process.Pid || group == unix.Getpgrp() {
		t.Errorf("group %d, %v: want %d, beside our own %d", group, err, p.cmd.Process.Pid, unix.Getpgrp())
	}
}

func TestAChildEndsWithItsParent(t *testing.T) {
	p := start(t, "has a child")
	pid, err := strconv.Atoi(string((<-p.Lines).Text))
	if err != nil {
		t.Fatal(err)
	}
	if gone(pid) {
		t.Fatal("the child of the child is not there")
	}
	unix.Kill(p.cmd.Process.Pid, unix.SIGKILL)
	defer p.End(time.Minute)
	for begin := time.Now(); !gone(pid); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("it is there 10 s after its parent")
		}
	}
}

// gone reports whether a process has ended, also where nobody took its status.
func gone(pid int) bool {
	if unix.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return runtime.GOOS == "linux"
	}
	var name, state string
	fmt.Sscanf(string(stat), "%d %s %s", new(int), &name, &state)
	return state == "Z" || state == "X"
}
