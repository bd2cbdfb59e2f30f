package invent

// Source deals choices out of the fuzzer's bytes. Where they end it deals zeros, so
// that every slice of bytes is a Problem.
type Source struct{ Rest []byte }

// Upto returns a number from 0 to limit, which is below 256.
func (s *Source) Upto(limit int) int {
	if len(s.Rest) == 0 {
		return 0
	}
	x := int(s.Rest[0]) % (limit + 1)
	s.Rest = s.Rest[1:]
	return x
}

// signed returns a number from -128 to 127.
func (s *Source) signed() int { return int(int8(s.Upto(255))) }

func (s *Source) yes() bool { return s.Upto(1) == 1 }

func choose[T any](s *Source, list ...T) T { return list[s.Upto(len(list)-1)] }

// each returns n numbers.
func each[T any](n int, next func() T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = next()
	}
	return list
}
