package tensorfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"codeberg.org/sbinet/npyio/npy"
)

// npyTypes are the element types that are converted, as NumPy spells them.
var npyTypes = map[string]dtype{
	"<f2": f16(binary.LittleEndian), ">f2": f16(binary.BigEndian),
	"<f4": f32(binary.LittleEndian), ">f4": f32(binary.BigEndian),
	"<f8": f64(binary.LittleEndian), ">f8": f64(binary.BigEndian),
}

// parseNPY reads the header of one array [3, B, H, N, D].
func parseNPY(r io.ReaderAt, size int64) (*contents, error) {
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	whole, err := newTensor(h.dtype, h.shape, size-h.length, nil)
	if err != nil {
		return nil, err
	}
	if s := whole.shape; len(s) != 5 || s[0] != 3 {
		return nil, fmt.Errorf("has shape %v: want [3, batch, heads, seqlen, head_dim]", s)
	}
	third := (size - h.length) / 3
	c := new(contents)
	for i, name := range names {
		c.put(name, tensor{whole.dtype, whole.shape[1:], sectionAt(r, h.length+int64(i)*third, third)})
	}
	return c, nil
}

// npyHeader is what a .npy file says before its first element, length bytes from its begin.
type npyHeader struct {
	dtype
	shape  []int
	length int64
}

// readHeader reads a header with npyio. The elements are not for npyio, which reads no
// more than two dimensions.
func readHeader(r io.Reader) (npyHeader, error) {
	header, err := readHeaderBytes(r)
	if err != nil {
		return npyHeader{}, err
	}
	var n *npy.Reader
	if err := guarded(func() (err error) {
		n, err = npy.NewReader(bytes.NewReader(header))
		return err
	}); err != nil {
		return npyHeader{}, fmt.Errorf("is no .npy array: %w", err)
	}
	d := n.Header.Descr
	name := strings.Trim(d.Type, "'") // npyio leaves the quotes of the header's dictionary
	t, ok := npyTypes[name]
	if !ok {
		return npyHeader{}, fmt.Errorf("has dtype %.40q: want f2, f4 or f8", name)
	}
	if d.Fortran && len(d.Shape) > 1 {
		return npyHeader{}, errors.New("is in Fortran order: want C order (numpy.ascontiguousarray)")
	}
	return npyHeader{t, d.Shape, int64(len(header))}, nil
}

// guarded calls a library that may run off the end of a header, and turns a panic into
// an error. The library's errors quote the file; guarded makes them one printable line.
func guarded(call func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("its header is malformed")
		}
	}()
	return printable(call())
}

// printable makes one line of an error that may quote a file; nil stays nil.
func printable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%.200s", strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, err.Error()))
}

// maxNPYHeader is far above what an array needs; NumPy itself stops at 10,000 bytes.
const maxNPYHeader = 1 << 16

// readHeaderBytes reads a .npy file up to its first element and refuses what npyio gets
// wrong: npyio allocates a header of any claimed length, and loses the last dimension of a
// shape without NumPy's comma behind.
func readHeaderBytes(r io.Reader) ([]byte, error) {
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
	if length > maxNPYHeader {
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
