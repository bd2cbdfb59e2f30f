package main

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

// generate emits all kernels of one instruction set: its assembly and the Go
// declarations, by file name.
func generate(x isa) (map[string][]byte, error) {
	e := &emitter{Context: build.NewContext(), isa: x}
	e.ConstraintExpr("!purego")
	for vectors := x.wide; vectors >= 1; vectors-- {
		e.mul(vectors, false)
	}
	e.mul(1, true)
	e.softmax()
	e.mask()
	e.softcap()
	e.alibi()
	e.bias()
	e.finite()
	e.transpose()
	e.elu()
	e.scaledExp()
	e.normalise()
	e.recur()
	e.recurGated()
	e.gate()
	e.fade()
	e.solve()
	e.scaleRows()
	e.dots()
	e.weigh()
	e.join()
	e.largest()
	e.peak()
	e.sum()

	file, err := e.Result()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x.name, err)
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, fmt.Errorf("%s: %w", x.name, err)
	}
	how := printer.Config{Name: "internal/kernel/_gen", Pkg: "kernel"}
	assembly, err := printer.NewGoAsm(how).Print(file)
	if err != nil {
		return nil, err
	}
	if register := beyond16.Find(assembly); register != nil && x.registers() == 16 {
		return nil, fmt.Errorf("%s: the code needs register %s: a machine with %s alone has 16", x.name, register, x.name)
	}
	stubs, err := printer.NewStubs(how).Print(file)
	if err != nil {
		return nil, err
	}
	if stubs, err = format.Source(stubs); err != nil {
		return nil, err
	}
	base := strings.ToLower(x.name)
	return map[string][]byte{base + "_amd64.s": assembly, base + "_stubs_amd64.go": stubs}, nil
}

// begin starts a function. loop is its plain form in Go, which becomes the doc
// comment of the declaration.
func (e *emitter) begin(name, signature, loop string) {
	name += e.name
	e.Function(name)
	e.Attributes(attr.NOSPLIT)
	e.SignatureExpr(signature)
	e.Pragma("noescape")
	e.Doc(strings.Split(name+" "+strings.TrimSpace(loop), "\n")...)
}

// end leaves the function; the upper halves of the vector registers must be
// clean, or the SSE code that Go emits pays for it.
func (e *emitter) end() {
	e.VZEROUPPER()
	e.RET()
}
