package report

import (
	"fmt"
	"math"
	"strconv"
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

// Length writes a count of tokens: 512, 1000, 1K for 1024, 128K, 1M.
func Length(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.Itoa(n>>20) + "M"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.Itoa(n>>10) + "K"
	}
	return strconv.Itoa(n)
}

// fractionTick labels powers of two on both sides of 1.
func fractionTick(x float64) string {
	if x < 1 {
		return fmt.Sprintf("1/%.0f", math.Round(1/x))
	}
	return lengthTick(x)
}
