package report

import (
	"fmt"
	"slices"
	"strings"
)

// plural writes a count and its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(int64(n)) + " " + many
}

// maxNames is how many names a sentence can hold.
const maxNames = 5

// names writes names as a sentence does, or how many they are.
func names(list []string) string {
	if len(list) > maxNames {
		return fmt.Sprintf("%d series", len(list))
	}
	return join(list)
}

// join writes a list as a sentence does.
func join(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// spans writes lengths; three or more neighbours among all become a range.
func spans(at, all []int) string {
	var list []string
	for i := 0; i < len(at); {
		j, k := i, slices.Index(all, at[i])
		for j+1 < len(at) && k >= 0 && k+j+1-i < len(all) && all[k+j+1-i] == at[j+1] {
			j++
		}
		if j-i >= 2 {
			list = append(list, "from "+Length(at[i])+" to "+Length(at[j]))
			i = j + 1
			continue
		}
		list = append(list, "at "+Length(at[i]))
		i++
	}
	return join(list)
}

// maxListed bounds the items of a sentence and the sentences of one kind.
const maxListed = 12

// listed writes a list as a sentence does, of a long one only the beginning.
func listed(items []string) string {
	if more := len(items) - maxListed; more > 0 {
		items = append(slices.Clone(items[:maxListed]), fmt.Sprintf("%d more", more))
	}
	return join(items)
}

// several are sentences of one kind, of many only the first.
func several(sentences []string) []string {
	if more := len(sentences) - maxListed; more > 0 {
		return append(slices.Clone(sentences[:maxListed]), fmt.Sprintf("%s like the last one are left out here.", plural(more, "more sentence", "more sentences")))
	}
	return sentences
}
