package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Temporary files have names of their own, so that none is taken for a file of a report.
const (
	temporaryPrefix = ".report-"
	temporarySuffix = ".tmp"
)

// Write puts the files into dir in place of those of an earlier report. All are written
// and synced under temporary names before the first gets its own, so that a full disk
// leaves the earlier report whole, and a process that is killed leaves every file whole:
// the old one or the new one. The page, which shows the plots, comes last. Temporary files
// of a killed process go; those of another process that writes now stay.
//
// The module renames by itself: the libraries for it write one file at a time or leave
// Windows out, and os.Rename replaces a file there too.
func Write(dir string, files []File) error {
	removeTemporary(dir, leftBehind)
	defer removeTemporary(dir, isOurs) // those that were not renamed
	for _, f := range files {
		if err := writeSynced(f.temporary(dir), f.Data); err != nil {
			return fmt.Errorf("%s: cannot write: %w", filepath.Join(dir, f.Name), cause(err))
		}
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.Rename(f.temporary(dir), path); err != nil {
			return fmt.Errorf("%s: cannot write: %w", path, cause(err))
		}
	}
	if folder, err := os.Open(dir); err == nil {
		_ = folder.Sync() // the names; some systems cannot
		folder.Close()
	}
	return nil
}

// ours begins the names of the temporary files of this process, so that two that render one
// folder do not write into each other's files.
func ours() string { return temporaryPrefix + strconv.Itoa(os.Getpid()) + "-" }

func (f File) temporary(dir string) string {
	return filepath.Join(dir, ours()+f.Name+temporarySuffix)
}

// stale is the age from which on no living process still writes a temporary file.
const stale = time.Minute

func isOurs(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ours()) }

// leftBehind reports whether a killed process has left a temporary file: an earlier one with
// the number of this one, or any some time ago.
func leftBehind(e fs.DirEntry) bool {
	info, err := e.Info()
	return isOurs(e) || err == nil && time.Since(info.ModTime()) > stale
}

// removeTemporary removes those temporary files of dir.
func removeTemporary(dir string, which func(fs.DirEntry) bool) {
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if strings.HasPrefix(e.Name(), temporaryPrefix) && strings.HasSuffix(e.Name(), temporarySuffix) && which(e) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// writeSynced returns when the disk has the data.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return cmp.Or(err, f.Close())
}

// cause is an error without the path, which the caller names.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
