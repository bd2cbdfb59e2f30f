package report

import (
	"regexp"
	"strings"
)

var (
	// Words such as window:100:0 go into code spans: GitHub makes a picture of :100: elsewhere.
	notation = regexp.MustCompile(`[\w.+@-]+(?::[\w.+@-]*\w)+`)
	special  = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "<", "&lt;", "[", "\\[", "]", "\\]", "|", `\|`, "~", `\~`)
)

// markdown writes plain text so that GitHub shows it as it is, on one line and
// inside a table as well.
func markdown(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	end := 0
	for _, at := range notation.FindAllStringIndex(s, -1) {
		b.WriteString(special.Replace(s[end:at[0]]))
		b.WriteString("`" + s[at[0]:at[1]] + "`")
		end = at[1]
	}
	b.WriteString(special.Replace(s[end:]))
	return b.String()
}

// code writes text as a code span that a table can hold.
func code(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(strings.Join(strings.Split(s, "\n"), " "), "|", `\|`) + fence
}
