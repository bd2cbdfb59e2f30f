package machine

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// Memory is how much memory may be used, as a flag takes it: a size, or a share of what is
// free. Its methods are those of a pflag.Value. The zero value is [DefaultMemory].
type Memory struct {
	bytes   int64
	percent float64
}

// DefaultMemory leaves room for what the system and others take meanwhile.
var DefaultMemory = Memory{percent: 80}

// minMemory is less than any process of ours needs: who asks for less forgot the unit.
const minMemory = 1 << 20

// Set reads 64GiB, 500MB, 1.5g, or 80%.
func (m *Memory) Set(text string) error {
	text = strings.TrimSpace(text)
	if number, share := strings.CutSuffix(text, "%"); share {
		p, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(p > 0 && p <= 100) {
			return fmt.Errorf("%.40q: want a share of the free memory above 0%% and up to 100%%", text)
		}
		*m = Memory{percent: p}
		return nil
	}
	n, err := humanize.ParseBytes(text)
	switch {
	case err != nil || n > math.MaxInt64:
		return fmt.Errorf("%.40q: want a size or a share of the free memory, as in 64GiB, 500MB or 80%%", text)
	case n < minMemory:
		return fmt.Errorf("%.40q: want at least 1MiB, as in 64GiB, 500MB or 80%%", text)
	}
	*m = Memory{bytes: int64(n)}
	return nil
}

// String is the value as Set reads it.
func (m Memory) String() string {
	switch {
	case m.bytes > 0 && m.bytes%minMemory == 0:
		return strings.ReplaceAll(humanize.IBytesN(uint64(m.bytes), 20), " ", "")
	case m.bytes > 0:
		return strconv.FormatInt(m.bytes, 10)
	}
	return strconv.FormatFloat(m.share(), 'g', -1, 64) + "%"
}

// Type names the value in the help of a command.
func (m Memory) Type() string { return "size" }

func (m Memory) share() float64 {
	if m.percent == 0 {
		return DefaultMemory.percent
	}
	return m.percent
}

// Of is the memory in bytes where so much is free; 0, unbounded, for a share of an unknown
// size.
func (m Memory) Of(free int64) int64 {
	if m.bytes > 0 {
		return m.bytes
	}
	return int64(m.share() / 100 * float64(free))
}

// Lacks says that more is needed than is free, in words; empty where it fits, and where
// free is 0, unknown.
func Lacks(needs, free int64) string {
	if free == 0 || needs <= free {
		return ""
	}
	size := func(n int64) string { return humanize.IBytesN(uint64(n), 3) }
	return fmt.Sprintf("needs %s, %s free", size(needs), size(free))
}
