package machine

import "testing"

func TestAvailableMemory(t *testing.T) {
	free := Available()
	if total := Describe().MemoryBytes; total > 0 && (free < 0 || free > total) {
		t.Errorf("%d bytes of %d are available", free, total)
	}
}
