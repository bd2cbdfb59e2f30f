package attntest

import (
	"flag"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// onlyCase is what the command that Run prints sets.
var onlyCase = flag.Int("attntest.case", 0, "try only the case of this `number` in each conformance rule; 0: all")

// Run tries every rule as a subtest of t, and logs how many cases ran. Where cases fail, it
// says what they have in common that no other case has, and prints the command that runs the
// first of them again, alone.
func Run(t *testing.T, v attn.Variant) {
	t.Helper()
	run(t, v, rules)
}

func run(t *testing.T, v attn.Variant, rules []kit.Rule) {
	t.Helper()
	var results []Result
	for _, r := range rules {
		t.Run(r.Name, func(t *testing.T) {
			t.Helper()
			k := kit.New(v)
			k.OnlyCase = *onlyCase
			result := tried(r, k)
			results = append(results, result)
			report(t, v, result)
		})
	}
	if len(results) == len(rules) && *onlyCase == 0 { // no rule was left out by -run
		t.Run("reach", func(t *testing.T) {
			t.Helper()
			report(t, v, reach(results))
		})
	}
	if text := summary(results); text != "" && len(results) > 1 {
		t.Log("in all rules together: " + text)
	}
}

// shown is how many violations of a rule are printed one by one.
const shown = 10

// report logs r, which t tried, and its violations.
func report(t *testing.T, v attn.Variant, r Result) {
	t.Helper()
	t.Logf("%s (%s: %d cases ran, %d unsupported)", r.Sentence, v.Name(), r.Ran, r.Unsupported)
	if text := summary([]Result{r}); text != "" {
		defer t.Log(text)
	}
	if len(r.Violations) == 0 {
		return
	}
	for _, violation := range r.Violations[:min(shown, len(r.Violations))] {
		t.Error(violation)
	}
	if more := len(r.Violations) - shown; more > 0 {
		t.Errorf("and %d more", more)
	}
	t.Logf("to run the first failing case again:\n%s", command(t.Name(), r.failed[0].Number))
}

// command runs one case of the test of this name, or all where number is 0.
func command(test string, number int) string {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	text := fmt.Sprintf("go test %s -run '%s'", packagePath(), strings.Join(parts, "/"))
	if number > 0 {
		text += fmt.Sprintf(" -attntest.case=%d", number)
	}
	return text
}

// packagePath is that of the package under test; "." where the binary does not know.
func packagePath() string {
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasSuffix(info.Path, ".test") {
		return strings.TrimSuffix(info.Path, ".test")
	}
	return "."
}
