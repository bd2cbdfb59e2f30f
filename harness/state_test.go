package harness

import (
	"testing"

	"attnbench/attn"
)

func TestKeptRowsAreWhatALaterQueryMaySee(t *testing.T) {
	p := shape(64)
	for text, want := range map[string]int{
		"full": 64, "causal": 64, "window:7:0": 8, "window:0:0": 1,
		"window:7:0+sinks:2@causal": 10, "document:24:40": 40, "blocks:16:0:0": 16,
	} {
		var err error
		if p.Mask, err = attn.ParseMask(text); err != nil {
			t.Fatal(err)
		}
		if got := keptRows(p); got != want {
			t.Errorf("%s keeps %d rows: want %d", text, got, want)
		}
	}
}
