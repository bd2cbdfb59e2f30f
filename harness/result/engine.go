package result

// Engine is what a multiply-add rate is of: a kernel set with a number of workers.
type Engine struct {
	ISA     string
	Workers int
}

// Engine is that of a point.
func (p Point) Engine() Engine { return Engine{p.ISA, p.Workers} }
