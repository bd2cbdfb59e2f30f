package cli_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/harness/cli"
	"attnbench/harness/result"
	"attnbench/variants/flash"
)

// incomparable is a variant whose values cannot be compared or be keys of a map.
type incomparable struct {
	attn.Decoder
	settings []int
}

func (incomparable) Name() string { return "mine" }

// Typical hands out a mask of such a type, too.
func (incomparable) Typical(p attn.Problem) attn.Problem {
	p.Mask = incomparableMask{attn.Causal(), nil}
	return p
}

type incomparableMask struct {
	attn.Mask
	tokens []int
}

// A Variant may be of any type: nothing compares two of them.
func TestAVariantOfANonComparableTypeRuns(t *testing.T) {
	for _, args := range []string{
		"list",
		"run --seqlen 16 --quick --recall=false --variants mine,mine --out r",
		"check --seqlen 16,32 --variants mine,mine --rule softmax,retention --mask causal,window:3:0",
		"decode --contexts 16 --quick --variants mine,mine --out r",
	} {
		t.Run(args, func(t *testing.T) {
			atHome(t, "")
			var out, errs bytes.Buffer
			if status := cli.Run(context.Background(), inside(strings.Fields(args)), &out, &errs, incomparable{flash.New(), nil}, incomparable{flash.New(), []int{1}}); status != 0 {
				t.Fatalf("status %d: %s", status, errs.String())
			}
			if !strings.Contains(args, "--out") {
				return
			}
			s, err := result.Read("r")
			if err != nil || len(s.Points) == 0 {
				t.Fatalf("%d points, %v", len(s.Points), err)
			}
			for _, p := range s.Points {
				if p.Variant != "mine" || p.Status != result.StatusOK && p.Status != result.StatusUnsupported {
					t.Errorf("%s: %s %s", p.Variant, p.Status, p.Message)
				}
			}
		})
	}
}

// inside makes the visits of a command, if it makes any, in this process, and few.
func inside(args []string) []string {
	switch {
	case len(args) > 0 && slices.Contains([]string{"list", "report", "compare", "export", "selftest"}, args[0]):
		return args
	case len(args) > 0 && args[0] == "check" || slices.Contains(args, "--visits"):
		return append(args, "--isolate=false")
	}
	return append(args, "--isolate=false", "--visits=1")
}
