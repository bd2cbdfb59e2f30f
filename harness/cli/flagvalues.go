package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"attnbench/attn"
	"attnbench/attn/mask"
)

const lengthWants = "want lengths like 512,1k,4k or a doubling range like 128:8192"

// parseLengths reads a list of lengths and doubling ranges, "512,1k,128:8192",
// and returns it sorted, each length once.
func parseLengths(flag, s string) ([]int, error) {
	var lengths []int
	for item := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(item, ":")
		lo, err := parseLength(from)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, s, err)
		}
		hi := lo
		if isRange {
			if hi, err = parseLength(to); err != nil {
				return nil, fmt.Errorf("%s %s: %w", flag, s, err)
			}
			if hi < lo {
				return nil, fmt.Errorf("%s %s: the range ends before it begins: %s", flag, s, lengthWants)
			}
		}
		for n := lo; n <= hi; n *= 2 {
			lengths = append(lengths, n)
		}
	}
	slices.Sort(lengths)
	return slices.Compact(lengths), nil
}

// parseLength reads a count of tokens, with k for 1024 and m for 1024².
func parseLength(s string) (int, error) {
	digits, unit := strings.ToLower(s), 1
	if rest, ok := strings.CutSuffix(digits, "k"); ok {
		digits, unit = rest, 1<<10
	} else if rest, ok := strings.CutSuffix(digits, "m"); ok {
		digits, unit = rest, 1<<20
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("%q is no length: %s", s, lengthWants)
	}
	if n < 1 || n > math.MaxInt32/unit {
		return 0, fmt.Errorf("length %s is outside 1 to %d: %s", s, math.MaxInt32, lengthWants)
	}
	return n * unit, nil
}

// parseInts reads a list of whole numbers from lo to hi, each once, in the order given.
func parseInts(flag, s string, lo, hi int) ([]int, error) {
	var list []int
	for item := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(item)
		if err != nil || n < lo || n > hi {
			return nil, fmt.Errorf("%s %s: want whole numbers from %d to %d, separated by commas", flag, s, lo, hi)
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list, nil
}

// parseMasks reads --mask: masks separated by commas, each once.
func parseMasks(s string) ([]attn.Mask, error) {
	if s == "" {
		return nil, nil
	}
	var list []attn.Mask
	for item := range strings.SplitSeq(s, ",") {
		m, err := mask.Parse(item)
		if err != nil {
			return nil, fmt.Errorf("--mask %s: %w", s, err)
		}
		if !slices.ContainsFunc(list, func(other attn.Mask) bool { return other.String() == m.String() }) {
			list = append(list, m)
		}
	}
	return list, nil
}

// parseRules reads --rule: rules separated by commas, each once.
func parseRules(s string) ([]attn.Rule, error) {
	if s == "" {
		return nil, nil
	}
	var list []attn.Rule
	for item := range strings.SplitSeq(s, ",") {
		r, err := attn.ParseRule(item)
		if err != nil {
			return nil, fmt.Errorf("--rule %s: %w", s, err)
		}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list, nil
}

// chooseVariants returns the named variants in that order; for an empty list all that are
// not on request; for "all" every variant.
func chooseVariants(all []attn.Variant, s string) ([]attn.Variant, error) {
	var list []attn.Variant
	for _, v := range all {
		if s == "all" || s == "" && !attn.TraitsOf(v).OnRequest {
			list = append(list, v)
		}
	}
	if s == "all" || s == "" {
		return list, nil
	}
	for item := range strings.SplitSeq(s, ",") {
		i := slices.IndexFunc(all, func(v attn.Variant) bool { return v.Name() == item })
		if i < 0 {
			return nil, fmt.Errorf("--variants %s: no variant is called %q: want all, or some of %s", s, item, strings.Join(names(all), ","))
		}
		if !slices.Contains(list, all[i]) {
			list = append(list, all[i])
		}
	}
	return list, nil
}

func names(variants []attn.Variant) []string {
	list := make([]string, len(variants))
	for i, v := range variants {
		list[i] = v.Name()
	}
	return list
}

// chooseISAs checks that some chosen variant has each named kernel set on this machine.
func chooseISAs(all []attn.Variant, s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	known := isas(all)
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if !slices.Contains(known, item) {
			return nil, fmt.Errorf("--isa %s: no kernel set %q for these variants on this machine: want some of %s", s, item, strings.Join(known, ","))
		}
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list, nil
}

// isas lists the kernel sets of all variants, in the order of the variants.
func isas(all []attn.Variant) []string {
	var known []string
	for _, v := range all {
		for _, isa := range attn.ISAsOf(v) {
			if !slices.Contains(known, isa) {
				known = append(known, isa)
			}
		}
	}
	return known
}

// oneLine folds a message that came with line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
