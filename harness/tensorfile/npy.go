package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sbinet/npyio/npy"

	"attnbench/attn"
)

// npyTypes are the element types that are converted, as NumPy spells them.
var npyTypes = map[string]dtype{
	"<f2": f16(binary.LittleEndian), ">f2": f16(binary.BigEndian),
	"<f4": f32(binary.LittleEndian), ">f4": f32(binary.BigEndian),
	"<f8": f64(binary.LittleEndian), ">f8": f64(binary.BigEndian),
}

// parseNPY reads one array [3, B, H, N, D].
func parseNPY(data []byte) (f File, err error) {
	a, err := readNPY(data)
	if err != nil {
		return f, err
	}
	s := a.shape
	if len(s) != 5 || s[0] != 3 {
		return f, fmt.Errorf("has shape %v: want [3, batch, heads, seqlen, head_dim]", s)
	}
	third := len(a.data) / 3
	for i, dst := range []*attn.Tensor{&f.Q, &f.K, &f.V} {
		*dst = attn.Packed(a.data[i*third:(i+1)*third:(i+1)*third], s[1], s[2], s[3], s[4])
	}
	return f, nil
}

// parseNPZ reads the members q.npy, k.npy and v.npy of a zip archive.
func parseNPZ(data []byte) (File, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return File{}, fmt.Errorf("is no .npz archive: %w", err)
	}
	arrays := map[string]array{}
	for _, member := range z.File {
		name := strings.TrimSuffix(member.Name, ".npy")
		if name != "q" && name != "k" && name != "v" {
			arrays[name] = array{}
			continue
		}
		content, err := unzip(member)
		if err != nil {
			return File{}, fmt.Errorf("%s: %w", name, err)
		}
		if arrays[name], err = readNPY(content); err != nil {
			return File{}, fmt.Errorf("%s %w", name, err)
		}
	}
	return pick(arrays)
}

// unzip reads a member as it comes, so that a size that lies allocates nothing.
func unzip(member *zip.File) ([]byte, error) {
	r, err := member.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// readNPY reads the header with npyio, which knows its dialects, and converts the
// elements itself: npyio reads neither half precision nor more than two dimensions.
func readNPY(data []byte) (array, error) {
	if err := checkHeaderLength(data); err != nil {
		return array{}, err
	}
	rest := bytes.NewReader(data)
	r, err := npy.NewReader(rest)
	if err != nil {
		return array{}, fmt.Errorf("is no .npy array: %w", err)
	}
	d := r.Header.Descr
	t, ok := npyTypes[d.Type]
	if !ok {
		return array{}, fmt.Errorf("has dtype %q: want f2, f4 or f8", d.Type)
	}
	if d.Fortran && len(d.Shape) > 1 {
		return array{}, errors.New("is in Fortran order: want C order (numpy.ascontiguousarray)")
	}
	return decode(t, d.Shape, data[len(data)-rest.Len():])
}

// checkHeaderLength finds a header longer than the file before npyio allocates it.
func checkHeaderLength(data []byte) error {
	const prefix = 10 // magic, version, the shorter of the two length fields
	if len(data) < prefix {
		return errors.New("is truncated: too short for a .npy header")
	}
	if !bytes.HasPrefix(data, npy.Magic[:]) {
		return errors.New("is no .npy array: it does not begin as one")
	}
	length := int64(binary.LittleEndian.Uint16(data[8:]))
	if data[6] >= 2 && len(data) >= prefix+2 {
		length = int64(binary.LittleEndian.Uint32(data[8:]))
	}
	if length > int64(len(data)) {
		return fmt.Errorf("is truncated: its header should be %d bytes", length)
	}
	return nil
}
