package mask

import "fmt"

// count is a named number of a mask and the least that it may be.
type count struct {
	name         string
	value, least int
}

func checkCounts(mask string, counts ...count) error {
	for _, c := range counts {
		if c.value < c.least || c.value > maxWindow {
			return fmt.Errorf("%s: %s is %d: want %d to %d", mask, c.name, c.value, c.least, maxWindow)
		}
	}
	return nil
}

func floorDiv(x, y int) int {
	if x < 0 {
		return -((-x + y - 1) / y)
	}
	return x / y
}
