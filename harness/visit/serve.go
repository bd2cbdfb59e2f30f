package visit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"attnbench/harness/visit/process"
)

// maxRequest bounds a line of the parent, in bytes.
const maxRequest = 4 << 20

// Serve is the child's end of a visit, for the program that [Child] runs: it takes the
// Request from stdin and tells stdout. The process ends when stdin does, whatever it is
// doing: its parent is gone. What kernels print goes to standard error. Where no request comes,
// that is its error.
func Serve(e Env, stdin io.Reader, stdout io.Writer) error {
	os.Stdout = os.Stderr
	lines := make(chan process.Line)
	served := make(chan struct{}) // closes when there is a request
	go func() {
		first := true
		in := bufio.NewScanner(stdin)
		in.Buffer(make([]byte, 64<<10), maxRequest)
		for ; in.Scan(); first = false {
			lines <- process.Line{Text: append([]byte(nil), in.Bytes()...), At: time.Now()}
		}
		if first {
			close(lines)
			return
		}
		<-served
		os.Exit(0)
	}()
	w := wire{lines: lines, write: func(line []byte) error {
		_, err := stdout.Write(append(line, '\n'))
		return err
	}}
	r, err := requested(w)
	if err != nil {
		return fmt.Errorf("no request for a visit on standard input: %w", err)
	}
	close(served)
	return e.answer(context.Background(), w, r, true)
}
