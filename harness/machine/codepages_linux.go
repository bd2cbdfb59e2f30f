package machine

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// pageInCode makes the code and the constants of this program resident, or the first call
// of anything would seem to take the pages that it runs on. Where the system cannot (Linux
// before 5.14) they come as they are needed.
func pageInCode() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text() // 00400000-00b5c000 r-xp 00000000 08:01 131082 /usr/bin/sweep
		var begin, end uintptr
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &begin, &end, &rights); n < 3 || !strings.HasSuffix(line, " "+program) {
			continue
		}
		if strings.HasPrefix(rights, "r-") {
			unix.Syscall(unix.SYS_MADVISE, begin, end-begin, unix.MADV_POPULATE_READ)
		}
	}
}
