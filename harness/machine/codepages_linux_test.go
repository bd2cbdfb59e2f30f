package machine

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCodeIsThereBeforeItRuns(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if unix.Madvise(mapped(t, 4096, 1), unix.MADV_POPULATE_READ) != nil {
		t.Skip("this kernel cannot")
	}
	pageInCode()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	code, size, segments := false, "", 0
	for line := range strings.Lines(string(smaps)) {
		fields := strings.Fields(line)
		switch {
		case strings.Contains(fields[0], "-"):
			code = fields[1] == "r-xp" && fields[len(fields)-1] == program
		case code && fields[0] == "Size:":
			size = fields[1]
		case code && fields[0] == "Rss:":
			if segments++; fields[1] != size {
				t.Errorf("%s kB of %s kB of code are resident", fields[1], size)
			}
		}
	}
	if segments == 0 {
		t.Error("no code was found")
	}
}
