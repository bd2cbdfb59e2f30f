package par

import (
	"os"
	"os/exec"
	"testing"
)

// rerun runs the calling test in a process of its own with the given GODEBUG, and
// returns in that process only.
func rerun(t *testing.T, godebug string) {
	t.Helper()
	if os.Getenv("GODEBUG") == godebug {
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG="+godebug)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.SkipNow()
}
