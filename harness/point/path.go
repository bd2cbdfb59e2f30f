package point

import "path/filepath"

// PublicPath is how a record names a file: as given inside the working folder, else only
// the last element of its path.
func PublicPath(path string) string {
	if filepath.IsLocal(path) {
		return filepath.ToSlash(path)
	}
	return filepath.Base(path)
}
