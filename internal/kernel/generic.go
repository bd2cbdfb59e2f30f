package kernel

import "reflect"

// lanes is the panel width of the generic set: 16 rows of Qᵀ at D = 64 are 4 KiB.
const lanes = 16

// generic is the reference set, in plain Go.
var generic = Set{
	Name: "generic", Lanes: lanes, Width: 4,
	Matmul: matmulGeneric, Pack: packGeneric, Unpack: unpackGeneric,
	Mask: maskGeneric, Softmax: softmaxGeneric, Finite: finiteGeneric,
	Softcap: softcapGeneric, ALiBi: alibiGeneric, Bias: biasGeneric,
	EluPlus1: eluPlus1Generic, ScaledExp: scaledExpGeneric, Normalise: normaliseGeneric,
	Recur: recurGeneric, Gate: gateGeneric, DecayDots: decayDotsGeneric,
	Solve: solveGeneric, ScaleRows: scaleRowsGeneric,
	Dots: dotsGeneric, WeightedSum: weightedSumGeneric, Max: maxGeneric,
	Peak: peakGeneric, Sum: sumGeneric,
}

// override returns generic with the fields that own has. Set.Lanes stays generic's until
// own has every entry that works on panels.
func override(own Set) *Set {
	set := generic
	from, to := reflect.ValueOf(own), reflect.ValueOf(&set).Elem()
	for i := range from.NumField() {
		if field := from.Field(i); !field.IsZero() {
			to.Field(i).Set(field)
		}
	}
	return &set
}
