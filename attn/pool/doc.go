// Package pool is the workers under every variant of the module, for kernels of your own
// too: a process-wide pool of goroutines, and Parts, the rest of a Plan around the code that
// computes one part of the output. In the steady state nothing here allocates.
//
// A Plan that embeds [Parts] gets Workspace and Forward from Parts: the checks of
// [attn.Args], an aligned scratch for each worker, and the pool of [attn.Options] or the
// shared one. It brings the function that computes part i. Parts must not depend on the
// number of workers, and part i writes only what is its own: then the result is the same,
// bit for bit, for any number of workers and any order of the parts.
//
// A Plan with another form takes its pool from [Of] and runs an [attn.Task] on it. A
// [FreeList] recycles the records of calls, so that Forward may be called concurrently and
// still allocates nothing.
package pool
