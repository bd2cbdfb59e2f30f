package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration writes nanoseconds with three significant digits.
func Duration(ns int64) string { return scaled(float64(ns), 1000, "ns", "µs", "ms", "s") }

// durations writes two times in ns, with one unit where that is the unit of both: 6.33 to
// 10.3 ms.
func durations(lo, hi float64) string {
	a, b := Duration(int64(lo)), Duration(int64(hi))
	number, unit, _ := strings.Cut(a, " ")
	if strings.HasSuffix(b, " "+unit) {
		a = number
	}
	return a + " to " + b
}

// elapsed writes seconds of a sweep: 56.2 s, 22m20s.
func elapsed(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Minute {
		return Duration(int64(d))
	}
	return d.Round(time.Second).String()
}

// Bytes writes a size in binary units: exactly where it is a whole number of one,
// else with three significant digits.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	s := scaled(float64(n), 1024, "B", "KiB", "MiB", "GiB", "TiB")
	number, unit, _ := strings.Cut(s, " ")
	for whole, size := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		if unit == whole && n%size == 0 {
			number = strconv.FormatInt(n/size, 10)
		}
	}
	return number + " " + unit
}

// scaled writes x in the largest unit in which it is at least 1 as written.
func scaled(x, step float64, units ...string) string {
	unit := 0
	for unit < len(units)-1 && x >= step-0.5 {
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
	case x > 0 && x < 0.01:
		return fmt.Sprintf("%.2g", x)
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

// ratio writes how many times one number is another.
func ratio(x float64) string {
	if x >= 1e6 {
		return fmt.Sprintf("%.0e", x)
	}
	if x >= 999.5 {
		return Count(roundTo(x, 3))
	}
	return significant(x)
}

// roundTo keeps some significant digits of a number of at least 1.
func roundTo(x float64, digits int) int64 {
	unit := math.Pow10(max(0, int(math.Floor(math.Log10(x)))+1-digits))
	return int64(math.Round(x/unit) * unit)
}

func percent(x float64) string { return significant(100*x) + " %" }
