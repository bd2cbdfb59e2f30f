package visit

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"attnbench/harness/result"
	"attnbench/harness/visit/process"
)

// A parent that is gone closes the child's standard input, on every system.
func TestAChildEndsWithItsInputWhateverItDoes(t *testing.T) {
	p, err := process.Start(process.Program{Path: os.Args[0]}, "visit")
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(asked("hangs", 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]byte{request, []byte(`{"nonce":1}`)} {
		if err := p.Send(line); err != nil {
			t.Fatal(err)
		}
	}
	<-p.Lines // ready
	time.Sleep(20 * time.Millisecond)
	begin := time.Now()
	if why := p.End(20 * time.Second); why != "" || time.Since(begin) > 10*time.Second {
		t.Errorf("%q after %v", why, time.Since(begin))
	}
}

func TestARequestOfTwoVariantsIsRefused(t *testing.T) {
	r := asked("honest", 2)
	r.Points[1].Variant = "short"
	for how, e := range executors() {
		for _, v := range visited(t, e, r) {
			if v.Status != result.StatusFailed || !strings.HasSuffix(v.Message, `a visit of "honest" and of "short"`) {
				t.Errorf("%s: %s %q", how, v.Status, v.Message)
			}
		}
	}
}

// What a visit costs beside its samples: under 30 ms.
func BenchmarkVisit(b *testing.B) {
	r := asked("honest", 1)
	r.Samples = Samples{}
	for b.Loop() {
		if list, err := inChild().Visit(b.Context(), r); err != nil || list[0].Message != "" {
			b.Fatal(list, err)
		}
	}
}
