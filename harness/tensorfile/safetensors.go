package tensorfile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// safetensorsTypes are the element types that are converted, as headers spell them.
var safetensorsTypes = map[string]dtype{
	"F16": f16(binary.LittleEndian), "BF16": bf16, "F32": f32(binary.LittleEndian), "F64": f64(binary.LittleEndian),
}

// maxSafetensorsHeader is that of the format's own reader.
const maxSafetensorsHeader = 100_000_000

// entry is one tensor in the header, with its bytes from the end of the header on.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// parseSafetensors reads the header: its length, then JSON. The libraries for it want the
// whole file in memory.
func parseSafetensors(r io.ReaderAt, size int64) (*contents, error) {
	var prefix [8]byte
	if n, _ := r.ReadAt(prefix[:], 0); n < len(prefix) {
		return nil, errors.New("is no .safetensors file: it is too short")
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	switch {
	case length > uint64(size-8):
		return nil, fmt.Errorf("is truncated: its header should be %d bytes", length)
	case length > maxSafetensorsHeader:
		return nil, fmt.Errorf("is no .safetensors file: its header claims %d bytes", length)
	}
	begin := 8 + int64(length)
	c := new(contents)
	end := int64(0) // of all tensors, from begin on
	err := entries(io.NewSectionReader(r, 8, int64(length)), func(name string, e entry) error {
		from, to := e.Offsets[0], e.Offsets[1]
		end = max(end, to)
		if wanted, err := c.add(name); err != nil || !wanted {
			return err
		}
		t, ok := safetensorsTypes[e.DType]
		switch {
		case !ok:
			return fmt.Errorf("%s has dtype %.40q: want F16, BF16, F32 or F64", name, e.DType)
		case from < 0 || to < from || to > size-begin:
			return fmt.Errorf("%s is truncated: its bytes %d to %d are not in the file", name, from, to)
		}
		tensor, err := newTensor(t, e.Shape, to-from, sectionAt(r, begin+from, to-from))
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
		c.put(name, tensor)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case end != size-begin:
		return nil, fmt.Errorf("is no .safetensors file that can be read: its tensors should be %d bytes, and are %d", end, size-begin)
	}
	return c, nil
}

// entries hands the tensors of a header to take, one by one.
func entries(header io.Reader, take func(string, entry) error) error {
	malformed := func(err error) error {
		return fmt.Errorf("is no .safetensors file that can be read: %w", printable(err))
	}
	d := json.NewDecoder(header)
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return malformed(errors.New("its header is no JSON object"))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return malformed(err)
		}
		if name == "__metadata__" {
			var notes json.RawMessage
			if err := d.Decode(&notes); err != nil {
				return malformed(err)
			}
			continue
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return malformed(err)
		}
		if err := take(name.(string), e); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return malformed(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return malformed(errors.New("its header goes on after its end"))
	}
	return nil
}
