package tensorfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/nlpodyssey/safetensors"
)

// safetensorsTypes are the element types that are converted, as headers spell them.
var safetensorsTypes = map[string]dtype{
	"F16": f16(binary.LittleEndian), "BF16": bf16, "F32": f32(binary.LittleEndian), "F64": f64(binary.LittleEndian),
}

// parseSafetensors reads the tensors q, k and v and skips all others.
func parseSafetensors(r io.ReaderAt, size int64) (File, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), data); err != nil {
		return File{}, cut(err)
	}
	if len(data) >= 8 {
		n := binary.LittleEndian.Uint64(data)
		if n > uint64(len(data)-8) {
			return File{}, fmt.Errorf("is truncated: its header should be %d bytes", n)
		}
		if err := checkTypes(data[8 : 8+n]); err != nil {
			return File{}, err
		}
	}
	var st safetensors.SafeTensors
	if err := guarded(func() (err error) {
		st, err = safetensors.Deserialize(data)
		return err
	}); err != nil {
		return File{}, fmt.Errorf("is no .safetensors file that can be read: %w", err)
	}
	arrays := map[string]array{}
	for _, name := range st.Names() {
		arrays[name] = array{}
		if !wanted(name) {
			continue
		}
		view, _ := st.Tensor(name)
		shape := make([]int, len(view.Shape()))
		for i, d := range view.Shape() {
			shape[i] = int(d)
		}
		payload := view.Data()
		size := int64(len(payload))
		a, err := decode(safetensorsTypes[view.DType().String()], shape, bytes.NewReader(payload), size, size)
		if err != nil {
			return File{}, fmt.Errorf("%s %w", name, err)
		}
		arrays[name] = a
	}
	return pick(arrays)
}

// checkTypes refuses types of q, k and v by name before the library reads the header: the
// library calls a file broken that has a type newer than itself, such as 8-bit floats.
func checkTypes(header []byte) error {
	var tensors map[string]struct {
		DType string `json:"dtype"`
	}
	if json.Unmarshal(header, &tensors) != nil {
		return nil // the library says what is wrong
	}
	for name, t := range tensors {
		if _, ok := safetensorsTypes[t.DType]; wanted(name) && !ok {
			return fmt.Errorf("%s has dtype %.40q: want F16, BF16, F32 or F64", name, t.DType)
		}
	}
	return nil
}
