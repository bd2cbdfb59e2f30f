package mask

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	readsBack := func(t rapid.TB, m Mask) {
		got, err := Parse(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%v is read as %v, %v", m, got, err)
		}
	}
	for _, m := range someMasks() {
		readsBack(t, m)
	}
	rapid.Check(t, func(t *rapid.T) { readsBack(t, composed().Draw(t, "mask")) })
	for text, want := range map[string]string{"window:-1:0": "causal", "window:-1:-1": "full", "window:7:0": "window:7:0"} {
		if m, err := Parse(text); err != nil || m.String() != want {
			t.Errorf("%s is read as %v, %v: want %s", text, m, err, want)
		}
	}
	for _, text := range []string{"", "none", "Causal", "causal:1", "window", "window:3", "window:a:0", "window:3:0:1", "window:-2:0", "window:0:99999999999999", "full,causal", "sinks", "sinks:-1", "causal:", "causal+", "@causal", "(causal", "causal)", "strided:0", "fixed:4:5", "random:1:65:9:9", "dilated:2000000000:0:2000000000", "document", "document:3:0", "sinks:4 + causal", "predicate[x]", strings.Repeat("(", 100)} {
		if m, err := Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, m)
		} else if !strings.Contains(err.Error(), "mask "+strconv.Quote(text)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error does not name it in a line: %v", text, err)
		}
	}
}

// What is read is written in the same words, and never more than the text allows.
func FuzzParse(f *testing.F) {
	for _, m := range someMasks() {
		f.Add(m.String())
	}
	f.Add("((causal@sinks:4)+window:1:1)@full")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(m.String())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%q is read as %v, which is read as %v, %v", text, m, again, err)
		}
		if len(text) < 200 {
			checkSpans(t, m, 3, 20, 70)
		}
	})
}

// A text may be hostile: as long as it likes, as deep, as large in its numbers.
func TestHostileTextsAreRefusedOrCheap(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("full+", 100) + "full", strings.Repeat("document:1+", 1<<17), strings.Repeat("(", 1<<19), "document" + strings.Repeat(":1", 1<<20),
	} {
		if m, err := Parse(text); err == nil {
			t.Errorf("%.20q is read as %.20v", text, m)
		} else if len(err.Error()) > len(text)+200 {
			t.Errorf("%.20q: the error has %d bytes", text, len(err.Error()))
		}
	}
	for _, text := range []string{
		"dilated:2147483647:2147483647:1", "fixed:1:1", "fixed:1:0", "strided:1", "blocks:2147483647:2147483647:2147483647", "random:1:64:2147483647:0", "random:1:64:65:2147483647",
		"strided:2147483647", "document:2147483647", strings.Repeat("causal+", maxItems-1) + "strided:7", strings.Repeat("causal@", maxItems-1) + "strided:7",
	} {
		m, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s := Shape{Batch: 1, QHeads: 1, QLen: 4096, KVLen: 4096}
		if err := Validate(m, s); err != nil {
			t.Error(err)
		}
		NewBlockMask(m, s, 32)
		visiblePairs(m, s)
	}
	for _, text := range []string{"predicate[a+b]", "causal@keep[1x1x2x2]", "selection[1x1x2x2:1:1]@causal"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), "made in code") {
			t.Errorf("%s: the error is %v", text, err)
		}
	}
}
