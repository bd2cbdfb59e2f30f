package process

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

// await waits for the child's end and ends what it left behind. The status of the child is
// taken last: as long as it is there, no other process or group has its number.
func (k kin) await(cmd *exec.Cmd) {
	for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	k.kill(cmd.Process)
	cmd.Wait() // its error is in the state of the process
}
