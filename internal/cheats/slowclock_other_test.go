//go:build !linux || !amd64

package cheats

import "errors"

func slowClock() error { return errors.ErrUnsupported }
