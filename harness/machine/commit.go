package machine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
)

// Commit returns the commit that this program was built from, and whether the checkout
// had uncommitted changes. The hash is empty where the commit is unknown. "go run" stamps
// no revision; Commit then asks the checkout around dir, if it is of this module.
func Commit(dir string) (hash string, modified bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			hash = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if hash != "" {
		return hash, modified
	}
	return checkout(dir, info.Main.Path)
}

// checkout returns the commit of the git checkout around dir, and whether it has changes
// or new files. The hash is empty unless the checkout is of the named module and git
// answers within two seconds.
func checkout(dir, module string) (hash string, modified bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", false
	}
	if mod, err := os.ReadFile(filepath.Join(top, "go.mod")); err != nil || moduleOf(string(mod)) != module {
		return "", false
	}
	hash, err = git(ctx, dir, "rev-parse", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := git(ctx, dir, "status", "--porcelain")
	if err != nil {
		return "", false // a commit that may be modified says nothing
	}
	return hash, changes != ""
}

// moduleOf is the module path that a go.mod states; empty where there is none.
func moduleOf(mod string) string {
	for line := range strings.Lines(mod) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], `"`)
		}
	}
	return ""
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	cmd.WaitDelay = 100 * time.Millisecond // for children that hold its output open
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
