//go:build !unix && !windows

package process

import (
	"os"
	"os/exec"
)

// kin ties a child to this process: here by its standard input alone.
type kin struct{}

func (kin) prepare(*exec.Cmd)  {}
func (kin) adopt(*os.Process)  {}
func (kin) kill(p *os.Process) { p.Kill() }
func (kin) await(c *exec.Cmd)  { c.Wait() }
func (kin) release()           {}

func bySignal(*os.ProcessState) string { return "" }
