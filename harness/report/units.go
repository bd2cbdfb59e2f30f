package report

import (
	"fmt"
	"strconv"
	"strings"
)

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

// Duration writes nanoseconds with three significant digits.
func Duration(ns int64) string { return scaled(float64(ns), 1000, "ns", "µs", "ms", "s") }

// Bytes writes a size with three significant digits in binary units.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return scaled(float64(n), 1024, "B", "KiB", "MiB", "GiB", "TiB")
}

// scaled writes x in the largest unit in which it is at least 1.
func scaled(x, step float64, units ...string) string {
	unit := 0
	for unit < len(units)-1 && x >= step {
		x /= step
		unit++
	}
	return significant(x) + " " + units[unit]
}

// significant writes x with three significant digits and no exponent.
func significant(x float64) string {
	switch {
	case x >= 99.95:
		return fmt.Sprintf("%.0f", x)
	case x >= 9.995:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// Count writes a whole number with thousands separated.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// timeTick and byteTick label round values of an axis.
func timeTick(ns float64) string  { return round(ns, 1000, "ns", "µs", "ms", "s") }
func byteTick(n float64) string   { return round(n, 1024, "B", "KiB", "MiB", "GiB", "TiB") }
func lengthTick(n float64) string { return Length(int(n + 0.5)) }

func round(x, step float64, units ...string) string {
	s := scaled(x*(1+1e-9), step, units...)
	number, unit, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}
