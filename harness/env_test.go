package harness

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"attnbench/harness/result"
)

func TestMachineMakesNothingUp(t *testing.T) {
	m := Machine()
	if m.OS != runtime.GOOS || m.Arch != runtime.GOARCH || m.GoVersion != runtime.Version() || m.Cores != runtime.GOMAXPROCS(0) {
		t.Errorf("%+v: want %s/%s, %s, %d cores", m, runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.GOMAXPROCS(0))
	}
	for name, n := range map[string]int64{"L1d": m.L1dBytes, "L2": m.L2Bytes, "L3": m.L3Bytes, "memory": m.MemoryBytes} {
		if n < 0 {
			t.Errorf("%s of %d bytes: what is unknown is 0", name, n)
		}
	}
	if !slices.IsSorted(m.Features) || len(slices.Compact(slices.Clone(m.Features))) != len(m.Features) {
		t.Errorf("features %v: want each once, in order", m.Features)
	}
	if m.CPU != strings.TrimSpace(m.CPU) {
		t.Errorf("CPU %q: want no blanks around it", m.CPU)
	}
	data, err := json.Marshal(result.Machine{L1dBytes: known(-1), L2Bytes: known(0), L3Bytes: known(1 << 20)})
	if want := `{"os":"","arch":"","go_version":"","l3_bytes":1048576}`; err != nil || string(data) != want {
		t.Errorf("unknown caches: %s, %v: want %s", data, err, want)
	}
}

func TestAvailableMemory(t *testing.T) {
	free, ok := AvailableMemory()
	if total := Machine().MemoryBytes; ok && total > 0 && (free < 0 || free > total) {
		t.Errorf("%d bytes of %d are available", free, total)
	}
}

func TestCgroupMemory(t *testing.T) {
	for _, c := range []struct {
		max, current, stat string
		want               int64
		ok                 bool
	}{
		{"1000\n", "300\n", "anon 250\ninactive_file 40\nactive_file 10\n", 740, true},
		{"1000\n", "300\n", "", 700, true},
		{"1000\n", "1500\n", "", 0, true},
		{"1000\n", "30\n", "inactive_file 40\n", 1000, true},
		{"max\n", "300\n", "", 0, false},
		{"1000\n", "", "", 0, false},
		{"", "", "", 0, false},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"memory.max": c.max, "memory.current": c.current, "memory.stat": c.stat} {
			if text != "" {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got, ok := cgroupMemory(dir); got != c.want || ok != c.ok {
			t.Errorf("max %q, current %q, stat %q: %d, %v: want %d, %v", c.max, c.current, c.stat, got, ok, c.want, c.ok)
		}
	}
}

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
