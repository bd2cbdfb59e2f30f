package machine

import (
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"

	"attnbench/harness/result"
)

func TestDescribeMakesNothingUp(t *testing.T) {
	m := Describe()
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
