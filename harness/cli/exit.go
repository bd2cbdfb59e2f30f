package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// Exit statuses.
const (
	exitOK          = 0
	exitDisagree    = 1   // a point disagreed or failed, none was timed, or report or output could not be written
	exitUsage       = 2   // a flag, a file or a folder is not what it must be; nothing was written
	exitCrashed     = 3   // this command is wrong
	exitInterrupted = 130 // SIGINT; SIGTERM is 143
	exitTerminated  = 143
)

// statusError ends the command with its own status; any other error is of usage.
type statusError struct {
	code    int
	message string
}

// Error implements error.
func (e statusError) Error() string { return e.message }

// failed is an error of the sweep itself, with the status of a crash where it is one.
func failed(err error) error {
	if status, ok := errors.AsType[statusError](err); ok {
		return status
	}
	return statusError{exitDisagree, err.Error()}
}

type signalError struct{ os.Signal }

// Error implements error with the name of the signal.
func (e signalError) Error() string { return e.Signal.String() }

// interrupted is the exit status of a sweep that ctx ended: 130 or 143.
func interrupted(ctx context.Context) int {
	var sig signalError
	if errors.As(context.Cause(ctx), &sig) && sig.Signal == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}
