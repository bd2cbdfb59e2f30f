package report

import (
	"fmt"
	"math"
	"strings"
)

// timeTick, byteTick and lengthTick label the ticks of an axis: 2 ms, 64 KiB, 1K.
func timeTick(ns float64) string { return round(ns, 1000, "ns", "µs", "ms", "s") }

func byteTick(n float64) string { return round(n, 1024, "B", "KiB", "MiB", "GiB", "TiB") }

func lengthTick(n float64) string { return Length(int(n + 0.5)) }

func round(x, step float64, units ...string) string {
	s := scaled(x*(1+1e-9), step, units...)
	number, unit, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}

// fractionTick labels powers of two on both sides of 1.
func fractionTick(x float64) string {
	if x < 1 {
		return fmt.Sprintf("1/%.0f", math.Round(1/x))
	}
	return lengthTick(x)
}
