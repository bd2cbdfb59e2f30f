package visit

import "runtime/debug"

// limit bounds the memory of this process: garbage is collected before the process holds
// more. That bounds no live memory. A limit of the system that did (RLIMIT_AS, RLIMIT_DATA)
// would count what the Go runtime reserves and does not touch; so where memory runs out, it
// is the system that ends a process: expendable sees to it that this one goes, and not the
// sweep.
func limit(bytes int64) {
	if bytes > 0 {
		debug.SetMemoryLimit(bytes)
	}
	expendable()
}
