package process

import (
	"fmt"
	"os"
	"os/exec"
)

// Program is what a child runs: a path, or what [Own] returns.
type Program struct {
	Path string
	name string      // argv[0]; empty: Path
	file os.FileInfo // of the file at Path, where it must still be that; else nil
}

// command is the child with args; its error says that the file is another one by now.
func (p Program) command(args []string) (*exec.Cmd, error) {
	if p.file != nil {
		now, err := os.Stat(p.Path)
		if err != nil {
			return nil, fmt.Errorf("no child: %w", err)
		}
		if !os.SameFile(now, p.file) || now.Size() != p.file.Size() || !now.ModTime().Equal(p.file.ModTime()) {
			return nil, fmt.Errorf("no child: %s is not the file any more that this process was started from: start again", p.Path)
		}
	}
	cmd := exec.Command(p.Path, args...)
	if p.name != "" {
		cmd.Args[0] = p.name
	}
	return cmd, nil
}

// stamped is the program at path as it is now.
func stamped(path string) (Program, error) {
	file, err := os.Stat(path)
	return Program{Path: path, file: file}, err
}
