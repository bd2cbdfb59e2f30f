package amd64

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// ISA is one instruction set as the emitters see it.
type ISA struct {
	Name  string
	width int // float32s of a vector
	wide  int // vectors side by side in a panel: wide·width lanes
}

// The instruction sets of x86 that have kernels.
var (
	AVX2   = ISA{Name: "AVX2", width: 8, wide: 3}
	AVX512 = ISA{Name: "AVX512", width: 16, wide: 2}
)

func (x ISA) lanes() int     { return x.wide * x.width }
func (x ISA) bytes() int     { return 4 * x.width }
func (x ISA) hasMasks() bool { return x.width == 16 }

// registers is the number of vector registers. Those from 16 on are AVX-512's: the
// allocator hands them out to any set, and a machine without them stops at SIGILL.
func (x ISA) registers() int {
	if x.hasMasks() {
		return 32
	}
	return 16
}

// emitter writes one file.
type emitter struct {
	*build.Context
	ISA
	labels    int                    // labels so far: names of the next ones end in it
	constants map[string]operand.Mem // vectors in read-only memory that functions share
}

// vec is a new vector register of the set's width.
func (e *emitter) vec() reg.VecVirtual {
	if e.width == 16 {
		return e.ZMM()
	}
	return e.YMM()
}

func (e *emitter) vecs(n int) []reg.VecVirtual {
	list := make([]reg.VecVirtual, n)
	for i := range list {
		list[i] = e.vec()
	}
	return list
}

// zero clears registers: a register xor itself has no inputs to wait for.
func (e *emitter) zero(list ...reg.VecVirtual) {
	for _, v := range list {
		e.VXORPS(v, v, v)
	}
}

// label returns a name that is new in the file.
func (e *emitter) label(name string) string {
	e.labels++
	return fmt.Sprintf("%s%d", name, e.labels)
}

// data is a vector of 32-bit words in read-only memory, repeated to fill it.
func (e *emitter) data(name string, words ...uint32) operand.Mem {
	name += e.Name
	if m, ok := e.constants[name]; ok {
		return m
	}
	m := e.StaticGlobal(name)
	e.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range max(len(words), e.width) {
		e.AddDatum(4*i, operand.U32(words[i%len(words)]))
	}
	if e.constants == nil {
		e.constants = map[string]operand.Mem{}
	}
	e.constants[name] = m
	return m
}

// constant is a vector of x in memory.
func (e *emitter) constant(name string, x float32) operand.Mem {
	return e.data(name, math.Float32bits(x))
}

// constantReg is a vector of x in a register.
func (e *emitter) constantReg(name string, x float32) reg.VecVirtual {
	v := e.vec()
	e.VMOVUPS(e.constant(name, x), v)
	return v
}

// param loads an argument.
func (e *emitter) param(name string) reg.GPVirtual {
	r := e.GP64()
	e.Load(e.Param(name), r)
	return r
}

// slot is where an argument lies. It is the function's own: what is needed less
// often than there are registers for is kept and counted on there.
func (e *emitter) slot(name string) operand.Mem {
	c, err := e.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

// stride loads an argument that counts float32s, in bytes.
func (e *emitter) stride(name string) reg.GPVirtual {
	r := e.param(name)
	e.SHLQ(operand.U8(2), r)
	return r
}

// loop emits body once for each unit of n, in steps while n >= step and then,
// where step is more than 1, one at a time. n ends below 1. The test stands at the bottom,
// so that a turn takes one jump.
func (e *emitter) loop(n reg.GPVirtual, step int, body func(step int)) {
	for _, s := range []int{step, 1} {
		top, done := e.label("loop"), e.label("done")
		e.CMPQ(n, operand.I32(s))
		e.JL(operand.LabelRef(done))
		e.Label(top)
		body(s)
		e.SUBQ(operand.I32(s), n)
		e.CMPQ(n, operand.I32(s))
		e.JGE(operand.LabelRef(top))
		e.Label(done)
		if step == 1 {
			return
		}
	}
}

// tail is a mask over the first lanes of a row of vectors: opmask registers, or vectors of
// all ones and all zeros on AVX2, which lacks them. Masked loads and stores do not fault on
// lanes that are off, so that a row may end where memory ends.
type tail struct {
	masks []reg.Register
}

// tailOf makes the masks of n lanes over the given number of vectors. AVX-512: ^(-1 << n)
// has ones in bits 0 .. n-1, of which each vector takes 16.
func (e *emitter) tailOf(n reg.GPVirtual, vectors int) tail {
	var t tail
	if e.hasMasks() {
		ones := e.GP64()
		e.MOVQ(operand.I32(-1), ones)
		e.MOVQ(n, reg.RCX)
		e.SHLQ(reg.CL, ones)
		e.NOTQ(ones)
		for range vectors {
			k := e.K()
			e.KMOVW(ones.As32(), k)
			e.SHRQ(operand.U8(16), ones)
			t.masks = append(t.masks, k)
		}
		return t
	}
	// AVX2: wide·width words of ones are followed by as many of zeros and a vector more. The
	// masks are read n words before the first zero.
	words := make([]uint32, (1+2*e.wide)*e.width)
	for i := range e.wide * e.width {
		words[i] = math.MaxUint32
	}
	at := e.GP64()
	e.LEAQ(e.data("steps", words...), at)
	e.ADDQ(operand.I32(4*e.wide*e.width), at)
	back := e.GP64()
	e.MOVQ(n, back)
	e.SHLQ(operand.U8(2), back)
	e.SUBQ(back, at)
	for i := range vectors {
		m := e.vec()
		e.VMOVUPS(operand.Mem{Base: at, Disp: i * e.bytes()}, m)
		t.masks = append(t.masks, m)
	}
	return t
}

// loadTail loads vector i of a row, with zeros past its lanes, which are not read.
func (e *emitter) loadTail(t tail, i int, from operand.Mem, to reg.VecVirtual) {
	if e.hasMasks() {
		e.VMOVUPS_Z(from, t.masks[i], to)
	} else {
		e.VMASKMOVPS(from, t.masks[i], to)
	}
}

// storeTail stores the lanes of vector i and nothing past them: what follows a row may
// belong to another worker.
func (e *emitter) storeTail(t tail, i int, from reg.VecVirtual, to operand.Mem) {
	if e.hasMasks() {
		e.VMOVUPS(from, t.masks[i], to)
	} else {
		e.VMASKMOVPS(from, t.masks[i], to)
	}
}

// at is vector i of the row at base.
func (e *emitter) at(base reg.Register, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * e.bytes()}
}

// log2 is the shift that multiplies by n, a power of two.
func log2(n int) int {
	k := 0
	for ; 1<<k < n; k++ {
	}
	return k
}
