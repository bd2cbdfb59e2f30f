package tensorfile

import (
	"fmt"
	"slices"
	"strings"
)

// names are those of the tensors that are read, in their order.
var names = []string{"q", "k", "v"}

// contents is what a header says. Of the tensors with other names, of which a model's
// checkpoint holds thousands, it keeps a few names.
type contents struct {
	tensors map[string]tensor // of names alone
	count   int               // of all names
	listed  []string          // the first of all names, in the order of the alphabet
}

const maxListed = 8

// add takes in a name and reports whether its tensor is wanted.
func (c *contents) add(name string) (wanted bool, err error) {
	if _, twice := c.tensors[name]; twice {
		return false, fmt.Errorf("holds %s twice", name)
	}
	c.count++
	at, _ := slices.BinarySearch(c.listed, name)
	if at < maxListed {
		c.listed = slices.Insert(c.listed, at, name)
		c.listed = c.listed[:min(len(c.listed), maxListed)]
	}
	return slices.Contains(names, name), nil
}

func (c *contents) put(name string, t tensor) {
	if c.tensors == nil {
		c.tensors = map[string]tensor{}
	}
	c.tensors[name] = t
}

func (c *contents) missing(name string) error {
	if c.count == 0 {
		return fmt.Errorf("holds no tensor %s, nor any other: want q, k and v", name)
	}
	var have []string
	for _, n := range c.listed {
		have = append(have, fmt.Sprintf("%.40q", n))
	}
	if more := c.count - len(have); more > 0 {
		have = append(have, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("holds no tensor %s, but %s: want q, k and v", name, strings.Join(have, ", "))
}
