package process

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// kin ties a child to this process: on Windows by a job object, which ends all processes in
// it when its last handle closes, and that is when this process ends. A child that ends its
// parent's life between its start and the job sees its standard input close.
type kin struct{ job windows.Handle }

func (*kin) prepare(cmd *exec.Cmd) {
	// Ctrl-C does not reach the processes of a new group.
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func (k *kin) adopt(p *os.Process) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		var child windows.Handle
		if child, err = windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid)); err == nil {
			err = windows.AssignProcessToJobObject(job, child)
			windows.CloseHandle(child)
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return
	}
	k.job = job
}

func (k *kin) kill(p *os.Process) {
	if k.job == 0 || windows.TerminateJobObject(k.job, 1) != nil {
		p.Kill()
	}
}

// await waits for the child's end and ends what it left behind.
func (k *kin) await(cmd *exec.Cmd) {
	cmd.Wait() // its error is in the state of the process
	if k.job != 0 {
		windows.TerminateJobObject(k.job, 1)
	}
}

func (k *kin) release() {
	if k.job != 0 {
		windows.CloseHandle(k.job)
	}
}

// bySignal is empty: Windows has no signals, but exit codes.
func bySignal(*os.ProcessState) string { return "" }
