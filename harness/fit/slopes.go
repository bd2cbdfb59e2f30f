package fit

// Slope is the local slope of a series on logarithmic axes, from one length to the next.
type Slope struct {
	From, To int
	Slope    float64
	Lo, Hi   float64 // 95 % interval from the visits; of exact values the slope itself
}

// Slopes are the local slopes between neighbouring lengths, shortest first.
func Slopes(series []Point) []Slope { return local(byLength(series)) }

func local(s []length) []Slope {
	var list []Slope
	for i := 1; i < len(s); i++ {
		a, b := s[i-1], s[i]
		w := 1 / (b.x - a.x)
		e := combine(s[i-1:i+1], []float64{-w, w})
		half := e.half()
		list = append(list, Slope{a.n, b.n, e.value, e.value - half, e.value + half})
	}
	return list
}
