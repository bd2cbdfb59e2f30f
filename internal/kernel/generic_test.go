package kernel

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// A new instruction set may have four functions of its own, in the way of every set: they
// are used, and every other entry is generic's.
func TestSetStartsAsGenericWithFourOverrides(t *testing.T) {
	calls := map[string]int{}
	four := override(Set{
		Name: "four",
		Matmul: func(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, p Prefetch) {
			calls["Matmul"]++
			matmulGeneric(c, ldc, a, ars, aks, b, ldb, rows, depth, cols, alpha, p)
		},
		Softmax: func(s, m, l, alpha []float32, keys int) {
			calls["Softmax"]++
			softmaxGeneric(s, m, l, alpha, keys)
		},
		Dots: func(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int) {
			calls["Dots"]++
			dotsGeneric(s, lds, q, ldq, k, ldk, heads, keys, d)
		},
		Sum: func(x []float32) float32 { calls["Sum"]++; return sumGeneric(x) },
	})

	rng := rand.New(rand.NewPCG(1, 2))
	const rows, keys, d = 16, 9, 8
	L := four.Lanes
	q, k, v := matrix(rng, "q", rows, d, d, 0), matrix(rng, "k", keys, d, d, 0), matrix(rng, "v", keys, d, d, 0)
	run := func(set *Set) []float32 {
		qt, s, o, out := make([]float32, d*L), make([]float32, keys*L), make([]float32, d*L), make([]float32, rows*d)
		m, l, alpha, ones := make([]float32, L), make([]float32, L), make([]float32, L), make([]float32, L)
		for r := range ones {
			ones[r] = 1
		}
		set.Pack(qt, q.Data(), d, rows, d, 1)
		set.QK(s, qt, k.Data(), d, keys, d, L, Prefetch{})
		set.Softmax(s, m, l, alpha, keys)
		set.PV(o, alpha, s, v.Data(), d, keys, d, L, Prefetch{})
		set.Unpack(out, d, o, ones, rows, d)
		set.Dots(s, 12, q.Data(), d, k.Data(), d, 1, keys, d)
		return append(out, set.Sum(out), s[keys-1])
	}
	if got, want := run(four), run(&generic); !reflect.DeepEqual(got, want) {
		t.Errorf("four overrides give %v: generic gives %v", got, want)
	}
	if want := map[string]int{"Matmul": 2, "Softmax": 1, "Dots": 1, "Sum": 1}; !reflect.DeepEqual(calls, want) {
		t.Errorf("calls %v: want %v", calls, want)
	}
	own, reference := reflect.ValueOf(*four), reflect.ValueOf(generic)
	for i := range own.NumField() {
		name, f := own.Type().Field(i).Name, own.Field(i)
		if _, overridden := calls[name]; f.Kind() == reflect.Func && (f.Pointer() == reference.Field(i).Pointer()) == overridden {
			t.Errorf("%s is overridden: %v: want %v", name, !overridden, overridden)
		}
	}
}

// A nil entry would stop the first variant that calls it.
func TestSetsAreComplete(t *testing.T) {
	for _, set := range sets {
		noneNil(t, set.Name, *set)
	}
}

func noneNil(t *testing.T, name string, table any) {
	entries := reflect.ValueOf(table)
	for i := range entries.NumField() {
		if entries.Field(i).IsZero() {
			t.Errorf("%s has no %s", name, entries.Type().Field(i).Name)
		}
	}
}
