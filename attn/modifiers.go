package attn

import (
	"fmt"
	"strconv"
	"strings"
)

// Modifiers lists, as name:value[:value...], every field beside shape, mask and
// rule that differs from its default, in a fixed order. SetModifiers reads it.
func (p Problem) Modifiers() []string {
	var list []string
	if x, ok := p.Scale.Explicit(); ok {
		list = append(list, "scale:"+formatFloat(x))
	}
	if p.Softcap != 0 {
		list = append(list, "softcap:"+formatFloat(p.Softcap))
	}
	if p.Bias != (BiasShape{}) {
		list = appendList(list, "bias", []int{p.Bias.Batch, p.Bias.Heads}, strconv.Itoa)
	}
	list = appendList(list, "alibi", p.ALiBi, formatFloat)
	list = appendList(list, "sinklogits", p.SinkLogits, formatFloat)
	list = appendList(list, "logdecay", p.LogDecay, formatFloat)
	list = appendList(list, "querystart", p.QueryStart, strconv.Itoa)
	return appendList(list, "kvlens", p.KVLens, strconv.Itoa)
}

// SetModifiers returns p with the fields that Modifiers wrote set again. An
// unknown name or an unreadable value is an error.
func (p Problem) SetModifiers(list []string) (Problem, error) {
	for _, item := range list {
		name, rest, _ := strings.Cut(item, ":")
		values := strings.Split(rest, ":")
		var err error
		switch name {
		case "scale":
			var x float32
			x, err = parseFloat(rest)
			p.Scale = ScaleOf(x)
		case "softcap":
			p.Softcap, err = parseFloat(rest)
		case "bias":
			var counts []int
			if counts, err = parseList(values, strconv.Atoi); err == nil && len(counts) != 2 {
				err = fmt.Errorf("want bias:BATCH:HEADS")
			} else if err == nil {
				p.Bias = BiasShape{counts[0], counts[1]}
			}
		case "alibi":
			p.ALiBi, err = parseList(values, parseFloat)
		case "sinklogits":
			p.SinkLogits, err = parseList(values, parseFloat)
		case "logdecay":
			p.LogDecay, err = parseList(values, parseFloat)
		case "querystart":
			p.QueryStart, err = parseList(values, strconv.Atoi)
		case "kvlens":
			p.KVLens, err = parseList(values, strconv.Atoi)
		default:
			err = fmt.Errorf("unknown name")
		}
		if err != nil {
			return p, fmt.Errorf("modifier %q: %w", item, err)
		}
	}
	return p, nil
}

func formatFloat(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }

func parseFloat(s string) (float32, error) {
	x, err := strconv.ParseFloat(s, 32)
	return float32(x), err
}

func appendList[T any](list []string, name string, values []T, format func(T) string) []string {
	if values == nil {
		return list
	}
	for _, v := range values {
		name += ":" + format(v)
	}
	return append(list, name)
}

func parseList[T any](texts []string, parse func(string) (T, error)) ([]T, error) {
	values := make([]T, 0, len(texts))
	for _, s := range texts {
		v, err := parse(s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}
