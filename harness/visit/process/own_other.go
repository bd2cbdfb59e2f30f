//go:build !linux

package process

import "os"

// Own is the program of this process. Where its file changes after this call, no child is
// started any more.
func Own() (Program, error) {
	path, err := os.Executable()
	if err != nil {
		return Program{}, err
	}
	return stamped(path)
}
