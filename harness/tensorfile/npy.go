package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"codeberg.org/sbinet/npyio/npy"

	"attnbench/attn"
)

// npyTypes are the element types that are converted, as NumPy spells them.
var npyTypes = map[string]dtype{
	"<f2": f16(binary.LittleEndian), ">f2": f16(binary.BigEndian),
	"<f4": f32(binary.LittleEndian), ">f4": f32(binary.BigEndian),
	"<f8": f64(binary.LittleEndian), ">f8": f64(binary.BigEndian),
}

// parseNPY reads one array [3, B, H, N, D].
func parseNPY(r io.ReaderAt, size int64) (f File, err error) {
	a, err := readNPY(io.NewSectionReader(r, 0, size), size, size)
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
func parseNPZ(r io.ReaderAt, size int64) (File, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return File{}, fmt.Errorf("is no .npz archive: %w", err)
	}
	arrays := map[string]array{}
	for _, member := range z.File {
		name := strings.TrimSuffix(member.Name, ".npy")
		if !wanted(name) {
			arrays[name] = array{}
			continue
		}
		if _, twice := arrays[name]; twice {
			return File{}, fmt.Errorf("holds %s twice", name)
		}
		if arrays[name], err = readMember(member, size); err != nil {
			return File{}, fmt.Errorf("%s %w", name, err)
		}
	}
	return pick(arrays)
}

// readMember reads one array of an archive of the given size.
func readMember(member *zip.File, archive int64) (array, error) {
	const maxRatio = 1032 // of Deflate
	stored, size := member.CompressedSize64, member.UncompressedSize64
	if stored > uint64(archive) || size > maxRatio*stored {
		return array{}, fmt.Errorf("is malformed: %d bytes that claim to hold %d", stored, size)
	}
	r, err := member.Open()
	if err != nil {
		return array{}, fmt.Errorf("cannot be read: %w", err)
	}
	defer r.Close()
	a, err := readNPY(r, int64(size), int64(stored))
	if err != nil {
		return array{}, err
	}
	// The checksum is compared at the end, which decode does not read up to.
	if _, err := io.Copy(io.Discard, r); err != nil {
		return array{}, fmt.Errorf("is malformed: %w", err)
	}
	return a, nil
}

// readNPY reads the header with npyio and converts the elements itself: npyio reads no
// more than two dimensions. r holds size bytes, for which the file spends stored.
func readNPY(r io.Reader, size, stored int64) (array, error) {
	header, err := readHeader(r)
	if err != nil {
		return array{}, err
	}
	var n *npy.Reader
	if err := guarded(func() (err error) {
		n, err = npy.NewReader(bytes.NewReader(header))
		return err
	}); err != nil {
		return array{}, fmt.Errorf("is no .npy array: %w", err)
	}
	d := n.Header.Descr
	name := strings.Trim(d.Type, "'") // npyio leaves the quotes of the header's dictionary
	t, ok := npyTypes[name]
	if !ok {
		return array{}, fmt.Errorf("has dtype %.40q: want f2, f4 or f8", name)
	}
	if d.Fortran && len(d.Shape) > 1 {
		return array{}, errors.New("is in Fortran order: want C order (numpy.ascontiguousarray)")
	}
	return decode(t, d.Shape, r, size-int64(len(header)), stored)
}

// maxHeader is far above what an array needs; NumPy itself stops at 10,000 bytes.
const maxHeader = 1 << 16

// readHeader reads a .npy file up to its first element and refuses what npyio gets
// wrong: npyio allocates a header of any claimed length, and loses the last dimension of a
// shape without NumPy's comma behind.
func readHeader(r io.Reader) ([]byte, error) {
	header := make([]byte, 10) // magic, version, the shorter of the two length fields
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, errors.New("is truncated: too short for a .npy header")
	}
	if !bytes.HasPrefix(header, npy.Magic[:]) {
		return nil, errors.New("is no .npy array: it does not begin as one")
	}
	length := int64(binary.LittleEndian.Uint16(header[8:]))
	if header[6] >= 2 {
		header = append(header, 0, 0)
		if _, err := io.ReadFull(r, header[10:]); err != nil {
			return nil, errors.New("is truncated: too short for a .npy header")
		}
		length = int64(binary.LittleEndian.Uint32(header[8:]))
	}
	if length > maxHeader {
		return nil, fmt.Errorf("is no .npy array: its header claims %d bytes", length)
	}
	prefix := len(header)
	header = append(header, make([]byte, length)...)
	if _, err := io.ReadFull(r, header[prefix:]); err != nil {
		return nil, fmt.Errorf("is truncated: its header should be %d bytes", length)
	}
	if end := bytes.IndexByte(header[prefix:], '}'); end < 0 || !bytes.HasSuffix(header[:prefix+end], []byte("), ")) {
		return nil, errors.New("is no .npy array: its header is not as NumPy writes it")
	}
	return header, nil
}
