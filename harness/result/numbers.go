package result

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
)

// maxNumber bounds every count, size and time, so that sums of a few do not overflow.
const maxNumber = 1 << 60

// checkNumbers looks at every number of a record: finite, not negative, and at most
// maxNumber. Its error names the field by its JSON path. Only a cosine may be negative, and
// a seed may be any number.
func checkNumbers(record any) error {
	if err := checkNumber(reflect.ValueOf(record), 0); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "."))
	}
	return nil
}

// checkNumber is checkNumbers of a part of a record: the error begins with the path from
// there, each name behind a dot.
func checkNumber(v reflect.Value, lowest float64) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return checkNumber(v.Elem(), lowest)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkNumber(v.Index(i), lowest); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if err := checkNumber(v.Field(f.index), f.lowest); err != nil {
				return fmt.Errorf(".%s%w", f.name, err)
			}
		}
	case reflect.Int, reflect.Int64:
		if n := v.Int(); n < 0 || n > maxNumber {
			return fmt.Errorf(" is %d: want 0 to 2^60", n)
		}
	case reflect.Float64:
		if x := v.Float(); !(x >= lowest && x <= math.MaxFloat64) {
			return fmt.Errorf(" is %v: want a finite number of at least %.0f", x, lowest)
		}
	}
	return nil
}

// numberField is a field of a record that may hold numbers.
type numberField struct {
	index  int
	name   string // in JSON
	lowest float64
}

var numberFields sync.Map // []numberField by reflect.Type

func fieldsOf(t reflect.Type) []numberField {
	if known, ok := numberFields.Load(t); ok {
		return known.([]numberField)
	}
	var list []numberField
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if kind := t.Field(i).Type.Kind(); name == "" || name == "-" || kind == reflect.String || kind == reflect.Bool {
			continue
		}
		f := numberField{index: i, name: name}
		if name == "cosine" {
			f.lowest = -1.001
		}
		list = append(list, f)
	}
	numberFields.Store(t, list)
	return list
}
