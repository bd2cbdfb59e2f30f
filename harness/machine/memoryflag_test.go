package machine

import (
	"strings"
	"testing"
)

func TestMemoryIsASizeOrAShareOfWhatIsFree(t *testing.T) {
	const free = 10 << 30
	for text, want := range map[string]int64{
		"64GiB": 64 << 30, "500MB": 500e6, "1.5g": 15e8, "2 tib": 2 << 40, "1048576": 1 << 20, " 3GiB ": 3 << 30,
		"80%": 8 << 30, "12.5 %": free / 8, "100%": free,
	} {
		var m, again Memory
		if err := m.Set(text); err != nil || m.Of(free) != want {
			t.Errorf("%q: %d, %v: want %d", text, m.Of(free), err, want)
		}
		if err := again.Set(m.String()); err != nil || again.Of(free) != want {
			t.Errorf("%q is written %q, which reads as %d, %v", text, m, again.Of(free), err)
		}
	}
	for _, text := range []string{"", "%", "0%", "-5%", "101%", "NaN%", "inf%", "much", "64", "0", "-1GiB", "GiB", "10XB", "99999999999TiB", "1e9", "5 % of it"} {
		m := Memory{bytes: 1 << 30}
		if err := m.Set(text); err == nil || strings.Contains(err.Error(), "\n") || m.bytes != 1<<30 {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	if err := new(Memory).Set(strings.Repeat("x", 1000)); err == nil || len(err.Error()) > 200 {
		t.Errorf("%v: quotes too much", err)
	}
	var m Memory
	if m.Of(free) != 8<<30 || m.String() != "80%" || m.Of(0) != 0 {
		t.Errorf("the default is %v, %d of %d, %d of unknown", m, m.Of(free), int64(free), m.Of(0))
	}
}

func TestLacks(t *testing.T) {
	for _, c := range []struct {
		needs, free int64
		want        string
	}{
		{64 << 30, 182 << 30 / 10, "needs 64.0 GiB, 18.2 GiB free"},
		{900 << 20, 512 << 20, "needs 900 MiB, 512 MiB free"},
		{1 << 30, 1 << 30, ""},
		{1 << 50, 0, ""},
	} {
		if got := Lacks(c.needs, c.free); got != c.want {
			t.Errorf("%d of %d: %q: want %q", c.needs, c.free, got, c.want)
		}
	}
}
