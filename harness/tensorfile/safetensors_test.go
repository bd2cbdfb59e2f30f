package tensorfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"
)

// tensors is a .safetensors file of zeros.
func tensors(t *testing.T, dtype string, size int, shapes map[string][]int) []byte {
	header, end := map[string]any{}, 0
	for name, shape := range shapes {
		n := size
		for _, d := range shape {
			n *= d
		}
		header[name] = map[string]any{"dtype": dtype, "shape": shape, "data_offsets": []int{end, end + n}}
		end += n
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(data, text...), make([]byte, end)...)
}

func TestBrokenSafetensors(t *testing.T) {
	st := testdata(t, "f32.safetensors")
	length := func(n uint64) []byte {
		data := bytes.Clone(st)
		binary.LittleEndian.PutUint64(data, n)
		return data
	}
	header := func(text string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	}
	good := map[string][]int{"q": {1, 2, 3, 4}, "k": {1, 2, 3, 4}, "v": {1, 2, 3, 4}}
	inf := tensors(t, "BF16", 2, map[string][]int{"q": {1, 1, 1, 1}, "k": {1, 1, 1, 1}, "v": {1, 1, 1, 1}})
	for i := range 3 {
		binary.LittleEndian.PutUint16(inf[len(inf)-2*(i+1):], uint16(math.Float32bits(float32(math.Inf(1)))>>16))
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "no .safetensors file"},
		{"half", st[:len(st)/2], "truncated"},
		{"trailing bytes", append(bytes.Clone(st), 0), "no .safetensors file"},
		{"noise", bytes.Repeat([]byte{40, 0, 0, 0, 0, 0, 0, 0}, 50), "no .safetensors file"},
		{"header of 2^62 bytes", length(1 << 62), "truncated"},
		{"header of 2^64-1 bytes", length(math.MaxUint64), "truncated"},
		{"no tensors", header("{}"), "holds no tensor q, nor any other"},
		{"a null", header(`{"q":null}`), "q has dtype"},
		{"offsets beyond the file", header(`{"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`), "q is truncated: its bytes 0 to 4 are not in the file"},
		{"size overflows", header(`{"q":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`), "overflows"},
		{"negative offsets", header(`{"q":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`), "q is truncated"},
		{"offsets in the wrong order", header(`{"q":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`), "q is truncated"},
		{"more bytes than the shape", append(header(`{"q":{"dtype":"F32","shape":[1,1,1,1],"data_offsets":[0,8]}}`), make([]byte, 8)...), "q holds 4 bytes after an array of shape [1 1 1 1]"},
		{"twice the same", append(header(`{"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`), make([]byte, 4)...), "holds q twice"},
		{"half a header", header(`{"q":{"dtype":"F32"`), "no .safetensors file"},
		{"a list", header(`["q"]`), "no .safetensors file that can be read: its header is no JSON object"},
		{"more than a header", header(`{} {}`), "its header goes on after its end"},
		{"lines", header("{\"q\":\"\n\"}"), "no .safetensors file"},
		{"header of 101 MB", append(length(101e6)[:8], make([]byte, 102e6)...), "claims 101000000 bytes"},
		{"integers", tensors(t, "I32", 4, good), `has dtype "I32": want F16, BF16, F32 or F64`},
		{"8-bit floats", tensors(t, "F8_E4M3", 1, good), `has dtype "F8_E4M3": want F16, BF16, F32 or F64`},
		{"infinity", inf, "q holds +Inf at element 0"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, written(t, "x.safetensors", c.data), c.want) })
	}
}

// A header is JSON, of which some bytes are decoded to a few words each, twice.
func FuzzReadSafetensors(f *testing.F) { fuzz(f, ".safetensors", 256) }
