package machine

const (
	// processBytes is what a process of ours holds without a point: code, runtime, threads.
	processBytes = 64 << 20

	// assumedCopies stands for a curve that nothing is known of: copies of inputs and output
	// on hard numbers, and what the collector has not collected of them, in units of both.
	assumedCopies = 3

	// copiesMargin is for a visit that meets the collector at a worse moment.
	copiesMargin = 1.25
)

// Needs are the bytes that are known before a visit: what its point holds, and what the
// process holds beside it whatever the point is, such as the buffer of [Rooflines.Bandwidth].
type Needs struct{ Inputs, Output, Workspace, State, Beside int64 }

func (n Needs) held() int64 { return n.Inputs + n.Output + n.Workspace + n.State }

// VisitBytes predicts the peak memory of the process of a whole visit. Beside what is known
// there are the oracle, copies of the numbers, and garbage: measured visits teach how much.
// Points that differ in length alone are a curve. The zero value knows no curve.
type VisitBytes struct {
	curves map[string]taught
}

// taught is what the largest visit of a curve took beyond what was known, in units of what
// its point held without workspace: nothing makes copies of a workspace.
type taught struct {
	held   int64
	copies float64
}

// Predict is the peak of a visit in bytes.
func (v *VisitBytes) Predict(curve string, n Needs) int64 {
	copies := assumedCopies * float64(n.Inputs+n.Output)
	if t, known := v.curves[curve]; known {
		copies = copiesMargin * t.copies * float64(n.held()-n.Workspace)
	}
	return processBytes + n.Beside + n.held() + int64(copies)
}

// Learn takes the measured peak of a visit in. The largest visit of a curve teaches, of
// equals the one that took most: small ones tell little of large ones.
func (v *VisitBytes) Learn(curve string, n Needs, measured int64) {
	size := n.held() - n.Workspace
	t, known := v.curves[curve]
	if measured <= 0 || size <= 0 || known && n.held() < t.held {
		return
	}
	copies := float64(max(0, measured-processBytes-n.Beside-n.held())) / float64(size)
	if known && n.held() == t.held {
		copies = max(copies, t.copies)
	}
	if v.curves == nil {
		v.curves = map[string]taught{}
	}
	v.curves[curve] = taught{n.held(), copies}
}
