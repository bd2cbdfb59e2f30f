package visit

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/visit/process"
)

// wire is one end of a conversation.
type wire struct {
	lines <-chan process.Line // of the other end; closes when the other end is gone
	write func(line []byte) error
	close func()
	over  <-chan struct{} // closes when the other end is waited for no longer; nil: never
}

// said is a line of the child; one field is set.
type said struct {
	Ready bool          `json:"ready,omitempty"`
	Sync  *tick         `json:"sync,omitempty"`
	Calls int           `json:"calls,omitempty"` // that the timed stretches since the last such line were
	Visit *result.Visit `json:"visit,omitempty"`
	Done  bool          `json:"done,omitempty"`
	Error string        `json:"error,omitempty"` // the request is no request
}

// answer is a line of the parent after the Request; one field is set.
type answer struct {
	Nonce *uint64 `json:"nonce,omitempty"`
	Heard bool    `json:"heard,omitempty"`
}

var errGone = errors.New("the other end is gone")

func (w wire) send(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if err := w.write(line); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// receive reads one line into message and returns the line.
func (w wire) receive(message any) (process.Line, error) {
	var line process.Line
	open := false
	select {
	case line, open = <-w.lines:
	case <-w.over:
	}
	if !open {
		return line, errGone
	}
	if err := json.Unmarshal(line.Text, message); err != nil {
		return line, fmt.Errorf("%s is no line of a visit", quoted(line.Text))
	}
	return line, nil
}

// quoted is at most a line's worth of what came.
func quoted(text []byte) string {
	const most = 60
	if len(text) > most {
		return fmt.Sprintf("%.60q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}

// newWires are both ends of a conversation within this process. Each end closes its side
// when it is done; ours waits for theirs until over closes.
func newWires(over <-chan struct{}) (ours, theirs wire) {
	up, down := make(chan process.Line), make(chan process.Line)
	oursGone, theirsGone := make(chan struct{}), make(chan struct{})
	into := func(lines chan<- process.Line, gone <-chan struct{}) func(line []byte) error {
		return func(line []byte) error {
			select {
			case lines <- process.Line{Text: line, At: time.Now()}:
				return nil
			case <-gone:
				return errors.New("it has left")
			case <-over:
				return errors.New("it hangs")
			}
		}
	}
	ours = wire{up, into(down, theirsGone), func() { close(oursGone); close(down) }, over}
	theirs = wire{down, into(up, oursGone), func() { close(theirsGone); close(up) }, nil}
	return ours, theirs
}
