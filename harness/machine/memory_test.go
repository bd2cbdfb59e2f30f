package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	free := Available()
	if total := Describe().MemoryBytes; total > 0 && (free < 0 || free > total) {
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
