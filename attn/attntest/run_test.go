package attntest_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
)

// asked is the environment variable without which TestNarrow, which fails, is skipped.
const asked = "ATTNTEST_BROKEN"

// narrow takes every mask and computes the full or the causal one.
type narrow struct{ plain }

func (v narrow) Name() string { return "narrow" }

func (v narrow) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if p.VisibilityMask() != attn.Full() && p.Validate() == nil {
		p.Mask = attn.Causal()
	}
	return v.plain.Plan(p, o)
}

// picky refuses all but full and causal masks, and is right.
type picky struct{ plain }

func (v picky) Name() string { return "picky" }

func (v picky) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if m := p.VisibilityMask(); m != attn.Full() && m != attn.Causal() && p.Validate() == nil {
		return nil, fmt.Errorf("picky: mask %v: %w", m, errors.ErrUnsupported)
	}
	return v.plain.Plan(p, o)
}

func TestNarrow(t *testing.T) {
	if os.Getenv(asked) == "" {
		t.Skip("run by another test")
	}
	attntest.Run(t, narrow{})
}

// inItsProcess runs this test binary with the given arguments.
func inItsProcess(t *testing.T, args ...string) (output string, passed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asked+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err == nil
}

func TestManyFailuresAreSummedUp(t *testing.T) {
	for _, c := range []struct {
		variant attn.Variant
		want    string
	}{
		{narrow{}, `^\d+ of \d+ cases fail\. All \d+ have a mask other than full or causal[^:]*: return errors.ErrUnsupported for these`},
		{picky{}, `^\d+ of \d+ cases are unsupported\. All \d+ have a mask other than full or causal\.$`},
	} {
		text := attntest.Summary(attntest.Check(c.variant, "lse"))
		if !regexp.MustCompile(c.want).MatchString(text) {
			t.Errorf("%s: %s\nwant a match of %s", c.variant.Name(), text, c.want)
		}
	}
}

// The command that Run prints is run as printed, but for the compiler: its arguments go to
// this binary.
func TestThePrintedCommandRunsTheFirstFailingCaseAlone(t *testing.T) {
	first, _ := inItsProcess(t, "-test.run=^TestNarrow$/^(lse|visible)$")
	commands := regexp.MustCompile(`go test attnbench/attn/attntest -run '(\S+)' -attntest.case=(\d+)`).FindAllStringSubmatch(first, -1)
	if len(commands) != 2 {
		t.Fatalf("want two commands in\n%s", first)
	}
	for _, c := range commands {
		out, passed := inItsProcess(t, "-test.run="+c[1], "-attntest.case="+c[2])
		violations := regexp.MustCompile(`\[b\d.*\](:| set) .*`).FindAllString(out, -1)
		if passed || len(violations) != 1 || !strings.Contains(first, violations[0]) || !strings.Contains(out, "narrow: 1 cases ran") && !strings.Contains(out, "narrow: 2 cases ran") {
			t.Errorf("%s\nprints %q: want one violation of the first run, of one case", out, violations)
		}
	}
	if out, passed := inItsProcess(t, "-test.run=^TestPlainVariantConforms$/^lse$", "-attntest.case=3"); !passed {
		t.Errorf("one case of a variant that is right:\n%s", out)
	}
}
