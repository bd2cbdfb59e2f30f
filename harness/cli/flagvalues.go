package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"attnbench/attn"
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

// parseList reads the items of a flag, separated by commas, and keeps each once, in the
// order given. Two values that are written alike are the same.
func parseList[T any](flag, s string, parse func(item string) (T, error)) ([]T, error) {
	var list []T
	var seen []string
	for item := range strings.SplitSeq(s, ",") {
		x, err := parse(item)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, s, err)
		}
		if text := fmt.Sprint(x); !slices.Contains(seen, text) {
			list, seen = append(list, x), append(seen, text)
		}
	}
	return list, nil
}

// parseOptional is parseList for a flag that may be empty.
func parseOptional[T any](flag, s string, parse func(item string) (T, error)) ([]T, error) {
	if s == "" {
		return nil, nil
	}
	return parseList(flag, s, parse)
}

// parseNames reads a list of known names; unknown is the format of the error for another
// name, with that name and the known ones.
func parseNames(flag, s string, known []string, unknown string) ([]string, error) {
	return parseList(flag, s, func(item string) (string, error) {
		if !slices.Contains(known, item) {
			return "", fmt.Errorf(unknown, item, strings.Join(known, ","))
		}
		return item, nil
	})
}

const (
	maxWorkers  = 4096
	workersWant = "want whole numbers from 1 to 4096, all, or a doubling range like 1:all, separated by commas"
)

// parseWorkers reads a list of numbers of workers and doubling ranges, and keeps each number
// once, in the order given. A range has both of its ends. The word all is the number that Go
// runs at once.
func parseWorkers(flag, s string, all int) ([]int, error) {
	number := func(s string) (int, bool) {
		if s == "all" {
			return all, true
		}
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= 1 && n <= maxWorkers
	}
	var list []int
	for item := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(item, ":")
		lo, ok := number(from)
		hi := lo
		if ok && isRange {
			hi, ok = number(to)
		}
		switch {
		case !ok:
			return nil, fmt.Errorf("%s %s: %s", flag, s, workersWant)
		case hi < lo:
			return nil, fmt.Errorf("%s %s: the range ends at %d, before it begins: %s", flag, s, hi, workersWant)
		}
		for n := lo; n < hi; n *= 2 {
			list = append(list, n)
		}
		list = append(list, hi)
	}
	return distinct(list), nil
}

// distinct keeps each number once, in the order given.
func distinct(list []int) []int {
	var once []int
	for _, n := range list {
		if !slices.Contains(once, n) {
			once = append(once, n)
		}
	}
	return once
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
	chosen, err := parseNames("--variants", s, names(all), "no variant is called %q: want all, or some of %s")
	for _, name := range chosen {
		list = append(list, all[slices.Index(names(all), name)])
	}
	return list, err
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
	return parseNames("--isa", s, isas(all), "no kernel set %q for these variants on this machine: want some of %s")
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
