// Package result is the record of a sweep: what a line of results.jsonl holds,
// the journal that appends one line as each visit and each point finishes, and the
// reader that skips the kinds and keys it does not know. It measures nothing.
//
// A results.jsonl of schema 1 has the lines run, point, recall and end; every point was
// measured in the process of the sweep and holds its samples. Schema 2 has a line for each
// visit too: a process that measured one point, or one turn of the process of the sweep.
package result

import "time"

// Schema is the version that the run record carries, and the newest that Read reads. It
// rises when a name changes its meaning; new names do not raise it.
const Schema = 2

// Kinds of line.
const (
	KindRun   = "run"   // the first line
	KindVisit = "visit" // one visit to a point; from schema 2
	KindPoint = "point" // one measured, refused or skipped point
	KindEnd   = "end"   // the last line: how the sweep ended; absent after a kill
)

// Run says where, when and how a sweep was made. Absent means unknown.
type Run struct {
	Kind    string    `json:"kind"`
	Schema  int       `json:"schema"`
	Time    time.Time `json:"time"`    // start, UTC, whole seconds
	Command string    `json:"command"` // as typed, without machine paths
	Seed    uint64    `json:"seed"`
	Input   string    `json:"input"` // profile or file name
	// InputDigest is a hash of the content of an input that is a file.
	InputDigest string `json:"input_digest,omitempty"`
	Commit      string `json:"commit,omitempty"`
	Modified    bool   `json:"modified,omitempty"` // the checkout held uncommitted changes
	// Binary is a hash of the executable, and Settings are what was asked, defaults filled
	// in, by the names of the flags. A run that is resumed must have the same.
	Binary   string            `json:"binary,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Machine  Machine           `json:"machine"`
}

// Machine describes the computer. Absent means that the system does not tell.
type Machine struct {
	OS          string   `json:"os"`
	Arch        string   `json:"arch"`
	GoVersion   string   `json:"go_version"`
	CPU         string   `json:"cpu,omitempty"`
	Features    []string `json:"features,omitempty"`
	Cores       int      `json:"cores,omitempty"`     // that Go may use: GOMAXPROCS
	L1dBytes    int64    `json:"l1d_bytes,omitempty"` // per core
	L2Bytes     int64    `json:"l2_bytes,omitempty"`  // per core
	L3Bytes     int64    `json:"l3_bytes,omitempty"`  // shared
	MemoryBytes int64    `json:"memory_bytes,omitempty"`
	// Environment is as it was when the run began; nil in old records.
	Environment *Environment `json:"environment,omitempty"`
}

// End says how the sweep ended.
type End struct {
	Kind    string  `json:"kind"`
	Status  string  `json:"status"`  // complete, interrupted
	Points  int     `json:"points"`  // points that were planned
	Seconds float64 `json:"seconds"` // of sweeping
}

// Sweep is a whole results.jsonl. End is nil where the file has no last line; of a run that
// was resumed, the last end counts.
type Sweep struct {
	Run     Run
	Visits  []Visit  // in the order made; none in schema 1
	Points  []Point  // each once
	Recalls []Recall // none in old records
	End     *End

	Warning string // what Read dropped, in words
}
