package result

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// maxNumber bounds every count, size and time, so that sums of a few do not overflow.
const maxNumber = 1 << 60

// checkNumbers looks at every number of a record: finite, not negative, and at most
// maxNumber. Its error names the field by its JSON path. Only a cosine may be negative, and
// a seed may be any number.
func checkNumbers(record any) error { return checkNumber("", reflect.ValueOf(record)) }

func checkNumber(path string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return checkNumber(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkNumber(path, v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			if path != "" {
				name = path + "." + name
			}
			if err := checkNumber(name, v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Int, reflect.Int64:
		if n := v.Int(); n < 0 || n > maxNumber {
			return fmt.Errorf("%s is %d: want 0 to 2^60", path, n)
		}
	case reflect.Float64:
		lowest := 0.0
		if strings.HasSuffix(path, "cosine") {
			lowest = -1.001
		}
		if x := v.Float(); !(x >= lowest && x <= math.MaxFloat64) {
			return fmt.Errorf("%s is %v: want a finite number of at least %.0f", path, x, lowest)
		}
	}
	return nil
}
