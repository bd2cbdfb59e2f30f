//go:build unix && !linux

package process

import "os/exec"

// await waits for the child's end and ends what it left behind: no other group has the
// number of a group that has members.
func (k kin) await(cmd *exec.Cmd) {
	cmd.Wait() // its error is in the state of the process
	k.kill(cmd.Process)
}
