package kernel

// lanes is the panel width of the generic set: 16 rows of Qᵀ at D = 64 are 4 KiB.
const lanes = 16

// generic is the reference set, in plain Go. Its matrix product holds a 2 x 4
// block of results in registers: 8 products from 6 loads, which is what the 15
// usable scalar registers of amd64 allow.
var generic = Set{
	Name:        "generic",
	Lanes:       lanes,
	Width:       4,
	Matmul:      matmulGeneric,
	Pack:        packGeneric,
	Mask:        maskGeneric,
	Softmax:     softmaxGeneric,
	Softcap:     softcapGeneric,
	ALiBi:       alibiGeneric,
	Bias:        biasGeneric,
	Unpack:      unpackGeneric,
	Finite:      finiteGeneric,
	EluPlus1:    eluPlus1Generic,
	ScaledExp:   scaledExpGeneric,
	Normalise:   normaliseGeneric,
	Recur:       recurGeneric,
	Gate:        gateGeneric,
	DecayDots:   decayDotsGeneric,
	Solve:       solveGeneric,
	ScaleRows:   scaleRowsGeneric,
	Dots:        dotsGeneric,
	WeightedSum: weightedSumGeneric,
	Max:         maxGeneric,
	Peak:        peakGeneric,
	Sum:         sumGeneric,
}
