package workload

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
)

func TestKeptRowsAreWhatALaterQueryMaySee(t *testing.T) {
	p := scripted.Shape(64)
	for text, want := range map[string]int{
		"full": 64, "causal": 64, "window:7:0": 8, "window:0:0": 1,
		"window:7:0+sinks:2@causal": 10, "document:24:40": 40, "blocks:16:0:0": 16,
	} {
		var err error
		if p.Mask, err = mask.Parse(text); err != nil {
			t.Fatal(err)
		}
		if got := keptRows(p); got != want {
			t.Errorf("%s keeps %d rows: want %d", text, got, want)
		}
	}
}

func TestReadBytesAreWhatTheLastQuerySees(t *testing.T) {
	p := attn.Problem{Batch: 3, QHeads: 8, KVHeads: 2, QLen: 1, KVLen: 100, HeadDim: 4, ValueDim: 6}
	for text, rows := range map[string]int64{
		"causal": 100, "window:9:0": 10, "window:200:0": 100, "window:9:0+causal@sinks:4": 14,
	} {
		var err error
		if p.Mask, err = mask.Parse(text); err != nil {
			t.Fatal(err)
		}
		if got, want := ReadBytes(p), 4*3*2*rows*10; got != want {
			t.Errorf("%s: %d bytes: want %d", text, got, want)
		}
	}
	p.Mask = attn.Causal()
	if got := ReadBytes(p); got != point.Describe(p).KVCacheBytes() {
		t.Errorf("%d bytes of a causal mask: want the whole cache, %d", got, point.Describe(p).KVCacheBytes())
	}
	for rule, floats := range map[string]int64{"linear:elu1": 4*6 + 4, "gated:head": 4 * 6} {
		var err error
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		if got, want := ReadBytes(p), 4*3*2*floats; got != want {
			t.Errorf("%s: %d bytes: want %d", rule, got, want)
		}
	}
}
