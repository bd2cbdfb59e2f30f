package selftest

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"attnbench/harness/verdict"
)

// Failures says in a few words each which bounds were not kept. Power is judged on a quiet
// machine alone.
func Failures(h Halves, refusals []Refusal) (list []string) {
	for _, r := range refusals {
		switch {
		case r.Wanted():
		case r.Kernel.Wrong == "":
			list = append(list, "an honest kernel was refused, so that the refusals of others say nothing: "+r.Message)
		default:
			list = append(list, fmt.Sprintf("a planted kernel got a time (%s)", r.Kernel.Wrong))
		}
	}
	if h.False > MaxFalse {
		list = append(list, fmt.Sprintf("a run compared with itself differs in %s of the comparisons, and at most %s may", verdict.Percent(h.False), verdict.Percent(MaxFalse)))
	}
	if h.Run.Quiet && h.Power < MinPower {
		list = append(list, fmt.Sprintf("a change of %.0f %% is found in %s of the cases, and at least %s must be", 100*Slowed, verdict.Percent(h.Power), verdict.Percent(MinPower)))
	}
	return list
}

// Write says what the test found, to someone who reads it for the first time.
func Write(w io.Writer, h Halves, refusals []Refusal) error {
	var b strings.Builder
	fmt.Fprintf(&b, "This machine is %s\n\n", h.Run)
	fmt.Fprintf(&b, "False verdicts: %s. The %d visits to each of %d points were cut into two halves at random,\n", verdict.Percent(h.False), h.Visits, h.Points)
	fmt.Fprintf(&b, "%d times, and the halves compared as \"sweep compare\" does. Nothing differs between them: this is\n", h.Halvings)
	fmt.Fprintf(&b, "the share of comparisons that called any point faster or slower. At most %s may.\n\n", verdict.Percent(MaxFalse))
	fmt.Fprintf(&b, "Found changes: %s. All times of one half were made %.0f %% longer: this is the share of points\n", verdict.Percent(h.Power), 100*Slowed)
	fmt.Fprintf(&b, "that were called slower. ")
	if h.Run.Quiet {
		fmt.Fprintf(&b, "At least %s must be.\n", verdict.Percent(MinPower))
	} else {
		fmt.Fprintf(&b, "It is not judged, since the machine was not quiet.\n")
	}
	if h.Needs > 0 {
		fmt.Fprintf(&b, "A verdict on a change of %.0f %% needs %d visits to each point here: sweep run --visits %d.\n", 100*Slowed, h.Needs, h.Needs)
	} else {
		fmt.Fprintf(&b, "A verdict on a change of %.0f %% needs more than %d visits to each point here.\n", 100*Slowed, h.Visits/2)
	}
	fmt.Fprintf(&b, "\nKernels that are wrong on purpose, and what a visit said:\n")
	for _, r := range refusals {
		fmt.Fprintf(&b, "  %s: %s\n", cmp.Or(r.Kernel.Wrong, "an honest one, which must not be refused"), r.said())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// said is what the visits to a planted kernel said, in words.
func (r Refusal) said() string {
	switch {
	case r.Unseen:
		return "not tried, as this system does not tell CPU time"
	case r.Passed() && r.Wanted():
		return "ok"
	case r.Passed():
		return "NOT REFUSED: it got a time"
	}
	return "refused: " + cmp.Or(r.Message, string(r.Status))
}
