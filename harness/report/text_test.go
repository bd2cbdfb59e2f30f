package report

import "testing"

func TestUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Length(512), "512"}, {Length(1000), "1000"}, {Length(1024), "1K"}, {Length(1536), "1536"}, {Length(131072), "128K"}, {Length(1 << 20), "1M"},
		{Duration(0), "0.00 ns"}, {Duration(999), "999 ns"}, {Duration(1234), "1.23 µs"}, {Duration(999_700), "1.00 ms"}, {Duration(12_345_678), "12.3 ms"}, {Duration(1_999_999_999), "2.00 s"},
		{elapsed(12), "12.0 s"}, {elapsed(5000), "1h23m20s"},
		{Bytes(0), "0 B"}, {Bytes(1000), "1000 B"}, {Bytes(1024), "1 KiB"}, {Bytes(33_204), "32.4 KiB"}, {Bytes(512 << 20), "512 MiB"}, {Bytes(3 << 29), "1.50 GiB"}, {Bytes(1<<20 - 1), "1.00 MiB"},
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(1234567), "1,234,567"},
		{ratio(0), "0.00"}, {ratio(0.0042), "0.0042"}, {ratio(1.5), "1.50"}, {ratio(48.21), "48.2"}, {ratio(16_170), "16,200"}, {ratio(1e6), "1e+06"},
		{timeTick(1e6), "1 ms"}, {timeTick(2e4), "20 µs"}, {timeTick(5e9), "5 s"}, {byteTick(1 << 15), "32 KiB"}, {byteTick(512), "512 B"}, {lengthTick(2048), "2K"},
	} {
		if c.got != c.want {
			t.Errorf("got %q: want %q", c.got, c.want)
		}
	}
}

func TestMarkdownShowsTextAsItIs(t *testing.T) {
	for in, want := range map[string]string{
		"flash at 8K":                       "flash at 8K",
		"a | b":                             `a \| b`,
		"*3* [4] `5` <6> ~7~ x_y \\":        `\*3\* \[4\] ` + "\\`5\\`" + ` &lt;6> \~7\~ x\_y \\`,
		"two\nlines":                        "two lines",
		"(sparse: window:100:0 softmax).":   "(sparse: `window:100:0` softmax).",
		"window:255:0+sinks:4@causal, done": "`window:255:0+sinks:4@causal`, done",
		"interval 1.95 to 1.99: no code":    "interval 1.95 to 1.99: no code",
	} {
		if got := markdown(in); got != want {
			t.Errorf("%q gave %q: want %q", in, got, want)
		}
	}
}

func TestSpansJoinNeighbours(t *testing.T) {
	all := []int{128, 256, 512, 1024, 2048, 4096}
	for _, c := range []struct {
		at   []int
		want string
	}{
		{[]int{512}, "at 512"}, {[]int{128, 256}, "at 128 and at 256"}, {[]int{512, 1024, 2048}, "from 512 to 2K"},
		{[]int{128, 512, 1024, 2048, 4096}, "at 128 and from 512 to 4K"}, {[]int{128, 512, 2048}, "at 128, at 512 and at 2K"}, {nil, ""}, {[]int{7, 9}, "at 7 and at 9"},
	} {
		if got := spans(c.at, all); got != c.want {
			t.Errorf("%v gave %q: want %q", c.at, got, c.want)
		}
	}
}
