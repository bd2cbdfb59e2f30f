//go:build !amd64 || purego

package kernel

// sets lists the sets that this machine can run, best first.
var sets = []*Set{&generic}
