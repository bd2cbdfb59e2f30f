package selftest

import (
	"fmt"
	"io"
	"strings"

	"attnbench/harness/result"
)

// Failures says in a few words each which bounds were not kept. Power is judged on a quiet
// machine alone.
func Failures(h Halves, refusals []Refusal) (list []string) {
	for _, r := range refusals {
		if r.Passed() {
			list = append(list, fmt.Sprintf("a planted kernel got a time (%s)", r.Kernel.Wrong))
		}
	}
	if h.False > MaxFalse {
		list = append(list, fmt.Sprintf("a run compared with itself differs in %s of the comparisons, and at most %s may", percent(h.False), percent(MaxFalse)))
	}
	if h.Run.Quiet && h.Power < MinPower {
		list = append(list, fmt.Sprintf("a change of %.0f %% is found in %s of the cases, and at least %s must be", 100*Slowed, percent(h.Power), percent(MinPower)))
	}
	return list
}

// Write says what the test found, to someone who reads it for the first time.
func Write(w io.Writer, h Halves, refusals []Refusal) error {
	var b strings.Builder
	fmt.Fprintf(&b, "This machine is %s\n\n", h.Run)
	fmt.Fprintf(&b, "False verdicts: %s. The %d visits to each of %d points were cut into two halves at random,\n", percent(h.False), h.Visits, h.Points)
	fmt.Fprintf(&b, "%d times, and the halves compared as \"sweep compare\" does. Nothing differs between them: this is\n", h.Halvings)
	fmt.Fprintf(&b, "the share of comparisons that called any point faster or slower. At most %s may.\n\n", percent(MaxFalse))
	fmt.Fprintf(&b, "Found changes: %s. All times of one half were made %.0f %% longer: this is the share of points\n", percent(h.Power), 100*Slowed)
	fmt.Fprintf(&b, "that were called slower. ")
	if h.Run.Quiet {
		fmt.Fprintf(&b, "At least %s must be.\n", percent(MinPower))
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
		said := "refused: " + r.Message
		switch {
		case r.Unseen:
			said = "not tried, as this system does not tell CPU time"
		case r.Passed():
			said = "NOT REFUSED: it got a time"
		case r.Status != result.StatusDisagree && r.Message == "":
			said = "refused: " + string(r.Status)
		}
		fmt.Fprintf(&b, "  %s: %s\n", r.Kernel.Wrong, said)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
