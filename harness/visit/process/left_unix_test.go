//go:build unix

package process

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// leaveBehind starts a process in a session of its own, which holds standard output, says
// which, and leaves.
func leaveBehind() {
	cmd := exec.Command("/bin/sleep", "60")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	fmt.Println(cmd.Process.Pid)
}

// left is the process that p says it leaves, after p has ended.
func left(t *testing.T, p *Process, ends string) (pid int) {
	t.Helper()
	begin := time.Now()
	for l := range p.Lines {
		var err error
		if pid, err = strconv.Atoi(string(l.Text)); err != nil {
			t.Error(err)
		}
	}
	if why := p.End(time.Minute); why != ends || pid == 0 || time.Since(begin) > 10*time.Second {
		t.Errorf("process %d, %q after %v: want %q", pid, why, time.Since(begin), ends)
	}
	return pid
}

// Neither one that holds the pipes nor one that holds nothing outlives the child.
func TestWhatAChildLeavesBehindEndsWithIt(t *testing.T) {
	for script, ends := range map[string]string{
		"sleep 60 & echo $!; exit 0":                            "",
		"sleep 60 >/dev/null 2>&1 </dev/null & echo $!; exit 3": "exit status 3",
	} {
		p, err := Start(Program{Path: "/bin/sh"}, "-c", script)
		if err != nil {
			t.Fatal(err)
		}
		pid := left(t, p, ends)
		for begin := time.Now(); !gone(pid); time.Sleep(time.Millisecond) {
			if time.Since(begin) > 10*time.Second {
				unix.Kill(pid, unix.SIGKILL)
				t.Fatalf("%s: it is there 10 s after its parent", script)
			}
		}
	}
}

// A process that has left the group may hold the pipes: the lines end all the same.
func TestAPipeThatIsHeldDoesNotHoldTheParent(t *testing.T) {
	unix.Kill(left(t, start(t, "leaves"), ""), unix.SIGKILL)
}
