package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestModuleOf(t *testing.T) {
	for mod, want := range map[string]string{
		"module attnbench\n\ngo 1.26\n":         "attnbench",
		"module attnbench\r\n":                  "attnbench",
		"// about\n\nmodule\t\"a.b/c\" // it\n": "a.b/c",
		"go 1.26\n":                             "",
		"":                                      "",
	} {
		if got := moduleOf(mod); got != want {
			t.Errorf("%q: %q: want %q", mod, got, want)
		}
	}
}

func TestCheckout(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when, wantHash string, wantModified bool) {
		t.Helper()
		if hash, modified := checkout(dir, "attnbench"); hash != wantHash || modified != wantModified {
			t.Errorf("%s: %q, %v: want %q, %v", when, hash, modified, wantHash, wantModified)
		}
	}
	expect("no checkout", "", false)
	run("init", "-q")
	write("go.mod", "module attnbench\n")
	expect("no commit", "", false)
	run("add", "go.mod")
	run("commit", "-q", "-m", "m")
	head := run("rev-parse", "HEAD")
	expect("clean", head, false)
	write("new.go", "package x\n")
	expect("a new file", head, true)
	run("add", "new.go")
	run("commit", "-q", "-m", "m")
	write("go.mod", "module attnbench // changed\n")
	expect("a changed file", run("rev-parse", "HEAD"), true)
	write("go.mod", "module other\n")
	expect("another module", "", false)
}
