package attn

import (
	"errors"
	"fmt"

	"attnbench/attn/mask"
)

// MaxBytes bounds what a Plan or a State holds, and the workspace that it asks for: 1 TiB.
// More is a field that is wrong for this variant, and an error can be handled, where an
// allocation would end the process.
const MaxBytes = 1 << 40

// ErrTooLarge is what Plan and NewState return, wrapped, where MaxBytes is exceeded.
var ErrTooLarge = errors.New("more than 1 TiB")

// CheckBytes returns ErrTooLarge, wrapped, where what takes more than MaxBytes: the product
// of factors. A factor below 0 stands for one that has overflowed. fields are those of the
// Problem or the Options to blame.
func CheckBytes(fields, what string, factors ...int) error {
	bytes := product(factors...)
	switch {
	case bytes < 0:
		return fmt.Errorf("%s: %s takes more bytes than an int64 counts: %w", fields, what, ErrTooLarge)
	case bytes > MaxBytes:
		return fmt.Errorf("%s: %s takes %d bytes: %w", fields, what, bytes, ErrTooLarge)
	}
	return nil
}

// CheckFloats is CheckBytes of so many float32s.
func CheckFloats(fields, what string, factors ...int) error {
	return CheckBytes(fields, what, append(factors, 4)...)
}

// CheckBlockMask returns ErrTooLarge, wrapped, where the lists of spans of p's mask, of
// blockQ query rows a block, take more than MaxBytes.
func (p *Problem) CheckBlockMask(blockQ int) error {
	bytes := mask.BlockMaskBytes(p.VisibilityMask(), p.Shape(), blockQ)
	return CheckBytes("Mask, Batch, QHeads and QLen", "the block mask", int(bytes))
}
