package variants_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/input"
	"attnbench/variants"
)

var writeBits = flag.Bool("write-bits", false, "write the checksums of this binary to testdata/bits.json")

// bitsProblem is one Problem of the fixed set, without its rule.
type bitsProblem struct {
	qlen, kvlen, headDim, valueDim, qheads, kvheads int
	mask, with                                      string
}

// Odd lengths and widths reach the tails of every kernel.
var bitsProblems = []bitsProblem{
	{1, 1, 64, 64, 2, 2, "causal", ""},
	{33, 33, 33, 17, 2, 1, "causal", ""},
	{128, 128, 64, 64, 4, 2, "causal", ""},
	{200, 200, 64, 64, 4, 1, "full", ""},
	{97, 261, 80, 48, 2, 2, "causal", ""},
	{300, 300, 64, 64, 2, 2, "window:63:0", ""},
	{300, 300, 64, 64, 2, 2, "window:20:9", ""},
	{260, 260, 128, 128, 2, 1, "window:63:0+causal@sinks:4", ""},
	{260, 260, 64, 64, 2, 2, "strided:60", ""},
	{260, 260, 64, 64, 2, 2, "fixed:60:5", ""},
	{260, 260, 64, 64, 2, 2, "dilated:20:3:4+global:5", ""},
	{260, 260, 64, 64, 2, 2, "blocks:32:1:1+global:32+random:32:2:260:1", ""},
	{260, 260, 64, 64, 2, 2, "causal@document:100:60:100", ""},
	{257, 257, 64, 64, 2, 2, "causal", "softcap"},
	{257, 257, 64, 64, 2, 2, "full", "alibi"},
	{257, 257, 64, 64, 2, 2, "causal", "bias"},
	{257, 257, 64, 64, 2, 2, "causal", "sink"},
}

var bitsRules = []string{
	"softmax", "linear:elu1", "linear:relu", "linear:favor:48:3", "linear:taylor2", "identity", "retention", "gated:head", "gated:dim",
	"delta", "delta-retention", "gated-delta:head", "gated-delta:dim",
}

func (c bitsProblem) problem(rule string) (attn.Problem, error) {
	p := attn.Problem{
		Batch: 2, QHeads: c.qheads, KVHeads: c.kvheads, QLen: c.qlen, KVLen: c.kvlen, HeadDim: c.headDim, ValueDim: c.valueDim,
	}
	var err error
	if p.Mask, err = mask.Parse(c.mask); err != nil {
		return p, err
	}
	if p.Rule, err = attn.ParseRule(rule); err != nil {
		return p, err
	}
	if p.Rule.Decay == attn.FixedDecay {
		p.LogDecay = attn.RetentionDecay(p.KVHeads)
	}
	switch c.with {
	case "softcap":
		p.Softcap = 30
	case "alibi":
		p.ALiBi = attn.ALiBiSlopes(p.QHeads)
	case "bias":
		p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
	case "sink":
		p.SinkLogits = []float32{0.5, -1}
	}
	return p, nil
}

// The outputs of a fixed set of Forwards and States, bit for bit, on every kernel set:
// moving code and renaming it must not change one of them. Compilers may round
// otherwise (GOAMD64=v3 fuses), so that the sums hold for the baseline of amd64 alone.
func TestBitsOfAFixedSet(t *testing.T) {
	if runtime.GOARCH != "amd64" || fused() {
		t.Skip("the checksums are those of amd64 without fused multiply-adds in Go code")
	}
	if testing.Short() {
		t.Skip("adds no concurrency")
	}
	path := filepath.Join("testdata", "bits.json")
	want := map[string]string{}
	if text, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
	} else if !*writeBits {
		t.Fatal(err)
	}
	got, compared := map[string]string{}, 0
	for _, rule := range bitsRules {
		for _, c := range bitsProblems {
			if rule == "linear:taylor2" && c.headDim > 33 {
				continue // its state has 1 + D + D² rows
			}
			p, err := c.problem(rule)
			if err != nil {
				t.Fatal(err)
			}
			a, err := input.Args(p, "gaussian", 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range variants.All() {
				isas := attn.ISAsOf(v)
				if isas == nil {
					isas = []string{""}
				}
				for _, isa := range isas {
					name := fmt.Sprintf("%s/%s/%s/%v", v.Name(), isa, rule, c)
					forward, state := bitsOf(t, v, attn.Options{Workers: 2, ISA: isa}, p, a)
					for key, sum := range map[string]string{name + "/forward": forward, name + "/state": state} {
						if sum == "" {
							continue
						}
						got[key] = sum
						if have, known := want[key]; known && have != sum {
							t.Errorf("%s: other bits than before", key)
						} else if known {
							compared++
						} else if !*writeBits && isa != "avx512" { // the machine that made the file has none
							t.Errorf("%s: no checksum", key)
						}
					}
				}
			}
		}
	}
	t.Logf("%d checksums compared", compared)
	if *writeBits {
		text, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fused reports whether the compiler makes one instruction of x·y + z.
func fused() bool {
	x := float32(1 + 1.0/4096)
	y := -x * x
	return fusable(x, x, y) != 0
}

//go:noinline
func fusable(x, y, z float32) float32 { return x*y + z }

// bitsOf returns the checksums of one Forward and of one sequence of steps, empty
// where the variant has none.
func bitsOf(t *testing.T, v attn.Variant, o attn.Options, p attn.Problem, a attn.Args) (forward, state string) {
	if p.Rule.Kind == attn.Softmax {
		a.LSE = make([]float32, p.Batch*p.QHeads*p.QLen)
	}
	if plan, err := v.Plan(p, o); err == nil {
		plan.Forward(a, make([]float32, plan.Workspace()))
		forward = sumOf(a.Out.Data, a.LSE)
	}
	d, ok := v.(attn.Decoder)
	if !ok || p.QLen != p.KVLen {
		return forward, ""
	}
	p.QLen = min(p.KVLen, 19)
	s, err := d.NewState(p, o)
	if err != nil {
		return forward, ""
	}
	h := sha256.New()
	ws := make([]float32, s.Workspace())
	sizes := []int{1, 1, 19, 3, 7, 1, 12}
	for at, i := 0, 0; at < p.KVLen; i++ {
		n := min(sizes[i%len(sizes)], p.QLen, p.KVLen-at)
		step := attn.Args{
			Out: attn.NewTensor(p.Batch, p.QHeads, n, p.ValueDim),
			Q:   a.Q.Rows(at, at+n), K: a.K.Rows(at, at+n), V: a.V.Rows(at, at+n),
		}
		if a.Decay.Data != nil {
			step.Decay = a.Decay.Rows(at, at+n)
		}
		if a.Beta.Data != nil {
			step.Beta = a.Beta.Rows(at, at+n)
		}
		if a.LSE != nil {
			step.LSE = make([]float32, p.Batch*p.QHeads*n)
		}
		if err := s.Extend(step, nil, ws); err != nil {
			t.Fatalf("%s %+v: %v", v.Name(), p, err)
		}
		addBits(h, step.Out.Data)
		addBits(h, step.LSE)
		at += n
	}
	return forward, hex.EncodeToString(h.Sum(nil)[:8])
}

func sumOf(list ...[]float32) string {
	h := sha256.New()
	for _, x := range list {
		addBits(h, x)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func addBits(h hash.Hash, x []float32) {
	var word [4]byte
	for _, f := range x {
		binary.LittleEndian.PutUint32(word[:], math.Float32bits(f))
		h.Write(word[:])
	}
}
