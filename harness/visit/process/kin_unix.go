//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// kin ties a child to this process: on Unix by a process group of its own.
type kin struct{}

func (kin) prepare(cmd *exec.Cmd) { cmd.SysProcAttr = attributes() }

func (kin) adopt(*os.Process) {}

func (kin) kill(p *os.Process) { unix.Kill(-p.Pid, unix.SIGKILL) }

func (kin) release() {}

// bySignal names the signal that ended a process; empty where none did.
func bySignal(s *os.ProcessState) string {
	status, ok := s.Sys().(syscall.WaitStatus)
	switch {
	case !ok || !status.Signaled():
		return ""
	case status.Signal() == unix.SIGKILL:
		return "ended by SIGKILL, as the system ends a process where memory runs out"
	}
	return "ended by " + unix.SignalName(status.Signal())
}
