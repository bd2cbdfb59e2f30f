// Package machine knows the computer and the process that a benchmark runs on: what the
// computer is and in which state, how fast its cores multiply and its memory is read, which
// CPUs threads may run on, and how much memory is left. What a system does not tell is absent, never made up.
package machine
