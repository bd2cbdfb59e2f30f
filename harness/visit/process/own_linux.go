package process

import "os"

// Own is the program of this process, whatever is at its path by now.
func Own() (Program, error) {
	path, err := os.Executable()
	return Program{Path: "/proc/self/exe", name: path}, err
}
