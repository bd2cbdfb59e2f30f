package machine

import "testing"

func TestVisitBytesLearnFromTheLargestVisit(t *testing.T) {
	const mib = 1 << 20
	var v VisitBytes
	n := func(length int64) Needs {
		return Needs{Inputs: 3 * length, Output: length, Workspace: 100 * length, State: length, Beside: 7 * mib}
	}
	expect := func(when, curve string, length, want int64) {
		t.Helper()
		if got := v.Predict(curve, n(length)); got != want {
			t.Errorf("%s: %.2f MiB: want %.2f", when, float64(got)/mib, float64(want)/mib)
		}
	}
	known := func(length int64) int64 { return processBytes + 7*mib + 105*length }
	expect("nothing known", "a", mib, known(mib)+assumedCopies*4*mib)
	v.Learn("a", n(mib), known(mib)+10*mib)
	expect("twice the length", "a", 2*mib, known(2*mib)+2*10*mib*5/4)
	v.Learn("a", n(mib), known(mib)+2*mib)
	expect("the hungrier of equals", "a", mib, known(mib)+10*mib*5/4)
	v.Learn("a", n(4*mib), known(4*mib)+4*mib)
	expect("a larger one", "a", 8*mib, known(8*mib)+8*mib*5/4)
	v.Learn("a", n(mib), known(mib)+100*mib)
	expect("a smaller one teaches nothing", "a", 8*mib, known(8*mib)+8*mib*5/4)
	v.Learn("a", n(16*mib), mib)
	expect("less than was known", "a", 16*mib, known(16*mib))
	expect("another curve", "b", mib, known(mib)+assumedCopies*4*mib)
	v.Learn("b", n(mib), 0)
	v.Learn("b", Needs{}, mib)
	expect("nothing measured", "b", mib, known(mib)+assumedCopies*4*mib)
}
