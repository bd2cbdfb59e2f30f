// Package process runs a program as a child that reads lines and answers in lines, and says
// in words how the child ended. It knows nothing of what the lines mean.
//
// A child has a process group of its own, so that Ctrl-C reaches the parent alone. It must
// end when its standard input closes: that is how it learns, on every system, that its parent
// is gone. Beside that Linux kills the child when the parent dies, and Windows when the job
// object that the parent holds closes. What a child leaves behind in its group, or its job,
// ends with it.
package process

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

const (
	// maxLine bounds a line of the child, in bytes.
	maxLine = 4 << 20

	// straggling is how long the pipes of an ended child may stay open: a process that it
	// started, and that left its group, may still hold them.
	straggling = 500 * time.Millisecond
)

// Line is a line of the child's standard output and the time at which it arrived.
type Line struct {
	Text []byte
	At   time.Time
}

// Process is a running child.
type Process struct {
	// Lines are those of the standard output. The channel closes where the output ends,
	// or holds a line of more than 4 MiB.
	Lines <-chan Line

	cmd    *exec.Cmd
	stdin  *os.File
	out    *os.File
	err    *os.File
	kin    kin
	head   headline
	read   chan struct{} // closes when standard error has been read
	exited chan struct{}
	quit   chan struct{} // closes when nobody takes lines any more
}

// Start starts the program. The caller ends it with End.
func Start(program Program, args ...string) (*Process, error) {
	cmd, err := program.command(args)
	if err != nil {
		return nil, err
	}
	p := &Process{
		cmd: cmd, read: make(chan struct{}), exited: make(chan struct{}), quit: make(chan struct{}),
	}
	theirs, err := p.pipes()
	defer closeAll(theirs)
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		closeAll([]*os.File{p.stdin, p.out, p.err})
		return nil, err
	}
	lines := make(chan Line)
	p.Lines = lines
	go p.readLines(lines)
	go func() {
		defer close(p.read)
		p.head.readAll(p.err)
	}()
	return p, nil
}

// pipes makes those of the child and returns the child's ends, also where it fails.
func (p *Process) pipes() (theirs []*os.File, err error) {
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	in, stdin := pipe()
	out, stdout := pipe()
	errs, stderr := pipe()
	p.stdin, p.out, p.err = stdin, out, errs
	if err != nil {
		closeAll([]*os.File{stdin, out, errs})
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, stdout, stderr
	return []*os.File{in, stdout, stderr}, err
}

// closeAll closes the files; nil is no file.
func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // of nil an error
	}
}

// live starts the child and waits for its end, both on one thread: Linux kills the child
// when the thread ends that started it, and a thread of Go may end before the process does.
func (p *Process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.kin.prepare(p.cmd)
	if err := p.cmd.Start(); err != nil {
		started <- fmt.Errorf("no child: %w", err)
		return
	}
	p.kin.adopt(p.cmd.Process)
	started <- nil
	p.kin.await(p.cmd)
	close(p.exited)
	p.abandon(time.Now().Add(straggling))
}

// abandon ends what waits at the pipes, also where a process that the child started holds
// their other ends. Where pipes have no deadlines, no process leaves the job of the child.
func (p *Process) abandon(at time.Time) {
	p.stdin.SetWriteDeadline(at)
	p.out.SetReadDeadline(at)
	p.err.SetReadDeadline(at)
}

func (p *Process) readLines(lines chan<- Line) {
	defer close(lines)
	scanner := bufio.NewScanner(p.out)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for scanner.Scan() {
		line := Line{append([]byte(nil), scanner.Bytes()...), time.Now()}
		select {
		case lines <- line:
		case <-p.quit:
			return
		}
	}
}

// Send writes a line to the child.
func (p *Process) Send(line []byte) error {
	_, err := p.stdin.Write(append(line, '\n'))
	return err
}

// Kill ends the child, and what it started, at once. It may be called at any time.
func (p *Process) Kill() {
	select {
	case <-p.exited:
	default:
		p.kin.kill(p.cmd.Process)
	}
}

// End closes the child's standard input, kills the child if it is still there after patience,
// and says in one line how it ended: empty where it ended well.
func (p *Process) End(patience time.Duration) string {
	p.stdin.Close()
	timer := time.AfterFunc(patience, p.Kill)
	<-p.exited
	timer.Stop()
	select {
	case <-p.read:
	case <-time.After(straggling):
	}
	close(p.quit)
	closeAll([]*os.File{p.out, p.err})
	p.kin.release()
	return reason(p.cmd.ProcessState, p.head.first())
}
