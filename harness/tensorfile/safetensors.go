package tensorfile

import (
	"encoding/binary"
	"fmt"

	"github.com/nlpodyssey/safetensors"
)

var safetensorsTypes = map[safetensors.DType]dtype{
	safetensors.F16:  f16(binary.LittleEndian),
	safetensors.BF16: bf16,
	safetensors.F32:  f32(binary.LittleEndian),
	safetensors.F64:  f64(binary.LittleEndian),
}

// parseSafetensors reads the tensors q, k and v; others are passed over.
func parseSafetensors(data []byte) (File, error) {
	if len(data) >= 8 {
		if n := binary.LittleEndian.Uint64(data); n > uint64(len(data)-8) {
			return File{}, fmt.Errorf("is truncated: its header should be %d bytes", n)
		}
	}
	st, err := safetensors.Deserialize(data)
	if err != nil {
		return File{}, fmt.Errorf("is no .safetensors file: %w", err)
	}
	arrays := map[string]array{}
	for _, name := range st.Names() {
		view, _ := st.Tensor(name)
		if name != "q" && name != "k" && name != "v" {
			arrays[name] = array{}
			continue
		}
		t, ok := safetensorsTypes[view.DType()]
		if !ok {
			return File{}, fmt.Errorf("%s has dtype %v: want F16, BF16, F32 or F64", name, view.DType())
		}
		shape := make([]int, len(view.Shape()))
		for i, d := range view.Shape() {
			shape[i] = int(d)
		}
		if arrays[name], err = decode(t, shape, view.Data()); err != nil {
			return File{}, fmt.Errorf("%s %w", name, err)
		}
	}
	return pick(arrays)
}
