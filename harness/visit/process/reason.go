package process

import (
	"fmt"
	"os"
)

// reason says in one line how a process ended, with the headline of its standard error;
// empty where it ended well.
func reason(s *os.ProcessState, headline string) string {
	how := bySignal(s)
	switch {
	case how != "":
	case s.Success():
		return ""
	default:
		how = fmt.Sprintf("exit status %d", s.ExitCode())
	}
	if headline != "" {
		how += ": " + headline
	}
	return how
}
