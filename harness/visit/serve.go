package visit

import (
	"bufio"
	"context"
	"io"
	"os"
	"time"

	"attnbench/harness/visit/process"
)

// maxRequest bounds a line of the parent, in bytes.
const maxRequest = 4 << 20

// Serve is the child's end of a visit, for the program that [Child] runs: it takes the
// Request from stdin and tells stdout. The process ends when stdin does, whatever it is
// doing: its parent is gone. What kernels print goes to standard error.
func Serve(e Env, stdin io.Reader, stdout io.Writer) error {
	os.Stdout = os.Stderr
	lines := make(chan process.Line)
	go func() {
		in := bufio.NewScanner(stdin)
		in.Buffer(make([]byte, 64<<10), maxRequest)
		for in.Scan() {
			lines <- process.Line{Text: append([]byte(nil), in.Bytes()...), At: time.Now()}
		}
		os.Exit(0)
	}()
	w := wire{lines: lines, write: func(line []byte) error {
		_, err := stdout.Write(append(line, '\n'))
		return err
	}}
	return e.run(context.Background(), w, true)
}
