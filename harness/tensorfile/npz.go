package tensorfile

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
)

// parseNPZ reads the headers of the members q.npy, k.npy and v.npy of a zip archive.
func parseNPZ(r io.ReaderAt, size int64) (*contents, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("is no .npz archive: %w", err)
	}
	c := new(contents)
	for _, member := range z.File {
		name := strings.TrimSuffix(member.Name, ".npy")
		if wanted, err := c.add(name); err != nil {
			return nil, err
		} else if !wanted {
			continue
		}
		t, err := openMember(member, size)
		if err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
		c.put(name, t)
	}
	return c, nil
}

// openMember reads the header of one array of an archive of the given size.
func openMember(member *zip.File, archive int64) (tensor, error) {
	const maxRatio = 1032 // of Deflate
	stored, size := member.CompressedSize64, member.UncompressedSize64
	if stored > uint64(archive) || size > maxRatio*stored {
		return tensor{}, fmt.Errorf("is malformed: %d bytes that claim to hold %d", stored, size)
	}
	r, err := member.Open()
	if err != nil {
		return tensor{}, fmt.Errorf("cannot be read: %w", err)
	}
	defer r.Close()
	h, err := readHeader(r)
	if err != nil {
		return tensor{}, err
	}
	return newTensor(h.dtype, h.shape, int64(size)-h.length, func() (io.ReadCloser, error) {
		r, err := member.Open()
		if err != nil {
			return nil, err
		}
		return r, skip(r, h.length)
	})
}
