// Package amd64 emits the kernels of AVX2 and AVX-512. avo checks operands and allocates
// registers; each emitter states the algebra, the shapes and the blocking above the code
// that it emits. Letters are those of package kernel: L lanes of a panel, Bc keys of a
// block, d and dv the head's dimensions, M features; T tokens of a chunk.
//
// Operands are in Go's order, the reverse of Intel's: sources first, the destination last.
// So the instructions that do the arithmetic read
//
//	VADDPS, VMULPS  a, b, c    c = a + b, a·b
//	VSUBPS, VDIVPS  a, b, c    c = b - a, b / a
//	VFMADD231PS     a, b, c    c = a·b + c      VFNMADD231PS  c - a·b
//	VFMSUB231PS     a, b, c    c = a·b - c      VFNMSUB231PS  -a·b - c
//	VFMADD213PS     a, b, c    c = b·c + a
//	VMAXPS, VMINPS  a, b, c    c = the larger, the smaller; a where either is NaN
//	VCMPPS op,      a, b, c    c = b op a
//	VBLENDVPS       m, a, b, c c = m ? a : b
package amd64

import (
	"fmt"
	"go/format"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// beyond16 matches the vector registers that only AVX-512 has.
var beyond16 = regexp.MustCompile(`\b(?:[XY](?:1[6-9]|2[0-9]|3[01])|Z[0-9]+)\b`)

// Generate emits all kernels of one instruction set: its assembly and the Go
// declarations, by file name. The order of the emitters is that of the files.
func Generate(x ISA) (map[string][]byte, error) {
	e := &emitter{Context: build.NewContext(), ISA: x}
	e.ConstraintExpr("!purego")
	for vectors := x.wide; vectors >= 1; vectors-- {
		e.matmul(vectors, false)
	}
	e.matmul(1, true)
	e.softmax()
	e.mask()
	e.softcap()
	e.alibi()
	e.bias()
	e.finite()
	e.transpose()
	e.eluPlus1()
	e.scaledExp()
	e.normalise()
	e.recur()
	e.recurGated()
	for _, heads := range []int{2, 4, 8} {
		e.recurHeads(heads, false)
		e.recurHeads(heads, true)
	}
	e.gate()
	e.decayDots()
	e.solve()
	e.scaleRows()
	e.dots()
	e.weightedSum()
	e.rescale()
	e.max()
	e.peak()
	e.sum()

	file, err := e.Result()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x.Name, err)
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, fmt.Errorf("%s: %w", x.Name, err)
	}
	how := printer.Config{Name: "internal/kernel/_gen", Pkg: "kernel"}
	assembly, err := printer.NewGoAsm(how).Print(file)
	if err != nil {
		return nil, err
	}
	if register := beyond16.Find(assembly); register != nil && x.registers() == 16 {
		return nil, fmt.Errorf("%s: the code needs register %s: a machine with %s alone has 16", x.Name, register, x.Name)
	}
	stubs, err := printer.NewStubs(how).Print(file)
	if err != nil {
		return nil, err
	}
	if stubs, err = format.Source(stubs); err != nil {
		return nil, err
	}
	base := strings.ToLower(x.Name)
	return map[string][]byte{base + "_amd64.s": assembly, base + "_stubs_amd64.go": stubs}, nil
}

// begin starts a function. loop is its plain form in Go, which becomes the doc
// comment of the declaration: in it lanes, width and cols are numbers of float32s.
//
// NOSPLIT: the functions call nothing and have no frame. noescape: without it every slice
// whose first element is passed would move to the heap.
func (e *emitter) begin(name, signature, loop string) {
	name += e.Name
	e.Function(name)
	e.Attributes(attr.NOSPLIT)
	e.SignatureExpr(signature)
	e.Pragma("noescape")
	e.Doc(strings.Split(name+" "+strings.TrimSpace(loop), "\n")...)
}

// end leaves the function. The upper halves of the vector registers must be zero then: SSE
// instructions, which Go emits, preserve them and are slow where they are not.
func (e *emitter) end() {
	e.VZEROUPPER()
	e.RET()
}
