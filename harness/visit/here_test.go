package visit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"attnbench/harness/result"
)

// A call that never returns is lost with its goroutine, and so are the visits after it.
func TestAHangInThisProcessIsTold(t *testing.T) {
	r := asked("hangs", 2)
	r.Timeout = 50 * time.Millisecond
	begin := time.Now()
	list, err := Here{env()}.Visit(context.Background(), r)
	if !errors.Is(err, ErrHung) || len(list) != 2 || time.Since(begin) > 20*time.Second {
		t.Fatalf("%d visits, %v after %v", len(list), err, time.Since(begin))
	}
	for _, v := range list {
		if v.Status != result.StatusFailed || !strings.HasPrefix(v.Message, "hung for ") || !strings.HasSuffix(v.Message, ": in one process nothing can stop it") {
			t.Errorf("%s %q", v.Status, v.Message)
		}
	}
}

// What kernels do is guarded where they are called: any other panic is one of the harness,
// which its caller must be able to recover.
func TestAPanicOfTheHarnessReachesItsCaller(t *testing.T) {
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || p.Value != "index 7 of 3" || !strings.HasPrefix(p.Place, "visit.") || !strings.Contains(p.Place, ", visit_test.go:") {
			t.Errorf("%v", p)
		}
	}()
	Here{env()}.Visit(context.Background(), asked("panics at work", 1))
}

func TestAPanicIsToldWithItsPlace(t *testing.T) {
	if p := <-Go(func() { panic("here") }); p == nil || !strings.HasPrefix(p.String(), "here (in visit.TestAPanicIsToldWithItsPlace.func1, here_test.go:") {
		t.Errorf("%v", p)
	}
	if p := <-Go(func() {}); p != nil {
		t.Errorf("%v", p)
	}
	var nobody *Panic
	nobody.Again()
}
