package attn

import "fmt"

// The names of what Check goes over. They lie apart from the tensors, since a name escapes
// into the error and would take a tensor beside it to the heap.
var (
	shapedNames = [...]string{"Q", "K", "V", "Out", "Bias", "Decay", "Beta"}
	inputNames  = [...]string{"Q", "K", "V", "Bias", "Decay", "Beta", "State0", "Norm0", "Projection"}
	outputNames = [...]string{"workspace", "LSE", "LogScaleN", "Out", "StateN", "NormN"}
)

// Check panics with a [MisuseError] where a does not fit p, ws is shorter than need, or an
// output or ws overlaps another tensor. Every Forward calls Check first. Check allocates
// nothing where all is well.
func (a *Args) Check(p *Problem, ws []float32, need int) {
	if len(ws) < need {
		panicOfLength("workspace", len(ws), fmt.Sprintf("at least %d", need))
	}
	a.checkShapes(p)
	a.checkLSE(p)
	p.checkLogScale("LogScale0", a.LogScale0, &a.State0)
	p.checkLogScale("LogScaleN", a.LogScaleN, &a.StateN)
	for i, c := range a.LogScale0 {
		if !finite(c) {
			panicOfLogScale(i/p.KVHeads, i%p.KVHeads, c)
		}
	}
	inputs := [len(inputNames)]*Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta, &a.State0, &a.Norm0, &a.Projection}
	outputs := [...]*Tensor{&a.Out, &a.StateN, &a.NormN}
	for i, out := range outputs {
		if !out.inside() {
			panicOutside(outputNames[3+i], out)
		}
		if !out.distinct() {
			panicFolded(outputNames[3+i], out)
		}
	}
	for i, in := range inputs {
		if !in.inside() {
			panicOutside(inputNames[i], in)
		}
	}
	written := [len(outputNames)][]float32{ws[:need], a.LSE, a.LogScaleN}
	for i, out := range outputs {
		written[3+i] = out.Data[:out.extent()]
	}
	for i, x := range written {
		for j, y := range written[:i] {
			if sliceOverlaps(x, y) {
				panicOverlap(outputNames[i], outputNames[j])
			}
		}
		if sliceOverlaps(x, a.LogScale0) {
			panicOverlap(outputNames[i], "LogScale0")
		}
		for j, in := range inputs {
			if sliceOverlaps(x, in.Data[:in.extent()]) {
				panicOverlap(outputNames[i], inputNames[j])
			}
		}
	}
}

// checkShapes panics where a tensor is not of the shape that p gives it.
func (a *Args) checkShapes(p *Problem) {
	shapes := [len(shapedNames)][4]int{
		{p.Batch, p.QHeads, p.QLen, p.HeadDim}, {p.Batch, p.KVHeads, p.KVLen, p.HeadDim}, {p.Batch, p.KVHeads, p.KVLen, p.ValueDim},
		{p.Batch, p.QHeads, p.QLen, p.ValueDim}, p.Bias.shape(p), p.decayShape(), p.betaShape(),
	}
	for i, t := range [...]*Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Bias, &a.Decay, &a.Beta} {
		if t.Shape != shapes[i] {
			panicOfShape(shapedNames[i], t, shapes[i])
		}
	}
	p.checkState("State0", &a.State0, "Norm0", &a.Norm0)
	p.checkState("StateN", &a.StateN, "NormN", &a.NormN)
	if shape := p.projectionShape(); a.Projection.Data != nil && !isShape(&a.Projection, shape) {
		panicOfShape("Projection", &a.Projection, shape)
	}
}

// checkState panics where s and its normaliser z cannot stand for a state of p. A state is
// optional, and a normaliser belongs to the state of a linear rule.
func (p *Problem) checkState(state string, s *Tensor, norm string, z *Tensor) {
	shape, normShape := p.stateShapes()
	if s.Data == nil {
		normShape = [4]int{}
	} else if !isShape(s, shape) {
		panicOfShape(state, s, shape)
	}
	if none := normShape == [4]int{}; none && z.Data != nil || !none && (z.Data == nil || z.Shape != normShape) {
		panicOfShape(norm, z, normShape)
	}
}

// isShape reports whether t, which has data, is of a shape; all zeros stand for no tensor.
func isShape(t *Tensor, shape [4]int) bool { return shape != [4]int{} && t.Shape == shape }

// checkLSE panics where LSE is given and is not one number for each row of a softmax rule.
func (a *Args) checkLSE(p *Problem) {
	if a.LSE == nil {
		return
	}
	if p.Rule.Kind != Softmax {
		panicOfLength("LSE", len(a.LSE), fmt.Sprintf("none, as Rule %v has no LSE", p.Rule))
	}
	if rows := p.Batch * p.QHeads * p.QLen; len(a.LSE) != rows {
		panicOfLength("LSE", len(a.LSE), fmt.Sprintf("Batch·QHeads·QLen = %d", rows))
	}
}

// checkLogScale panics where c is given and is not one number for each kv head of a state s of
// FAVOR+.
func (p *Problem) checkLogScale(name string, c []float32, s *Tensor) {
	if c == nil {
		return
	}
	if p.Rule.Feature != Favor || s.Data == nil {
		panicOfLength(name, len(c), "none, as there is no state of FAVOR+")
	}
	if heads := p.Batch * p.KVHeads; len(c) != heads {
		panicOfLength(name, len(c), fmt.Sprintf("Batch·KVHeads = %d", heads))
	}
}
