package invent

import "pgregory.net/rapid"

// Source deals the choices that a Problem is made of.
type Source interface {
	// Upto returns a number from 0, the simplest choice, to limit, which is at most 255.
	Upto(limit int) int
}

// Bytes are the choices of the native fuzzer. Zeros follow the last byte, so that any bytes
// make a Problem.
type Bytes struct{ Rest []byte }

// Upto implements [Source].
func (s *Bytes) Upto(limit int) int {
	if len(s.Rest) == 0 {
		return 0
	}
	x := int(s.Rest[0]) % (limit + 1)
	s.Rest = s.Rest[1:]
	return x
}

// Drawn are the choices of rapid, which shrinks them where a Problem fails.
type Drawn struct{ T *rapid.T }

// Upto implements [Source].
func (s Drawn) Upto(limit int) int { return rapid.IntRange(0, limit).Draw(s.T, "choice") }

// signed returns a number from -128 to 127.
func signed(s Source) int { return int(int8(s.Upto(255))) }

func choose[T any](s Source, list ...T) T { return list[s.Upto(len(list)-1)] }

// each returns n numbers.
func each[T any](n int, next func() T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = next()
	}
	return list
}
