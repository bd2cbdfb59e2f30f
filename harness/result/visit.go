package result

// Visit is one measurement of one point: by a process of its own, or in one turn of the
// process of the sweep. A sweep makes several of each point, in rounds. Absent means
// unknown or not looked at.
type Visit struct {
	Kind    string `json:"kind"`
	Key     string `json:"key"`    // of the point
	Number  int    `json:"number"` // of the point's visits, from 0; of an anchor, of the anchors
	Round   int    `json:"round"`  // in which points of one length take turns, from 0
	Status  Status `json:"status"`
	Message string `json:"message,omitempty"`
	// Anchor is set on a visit that no point counts: of one point in every round, which shows
	// drift and noise of the machine.
	Anchor bool `json:"anchor,omitempty"`
	// Moved is set on a visit that failed since the machine changed its speed.
	Moved bool `json:"moved,omitempty"`

	Agreement *Agreement `json:"agreement,omitempty"` // the first visit makes the full check, the others check few rows
	Drift     *Drift     `json:"drift,omitempty"`
	// OutDigest is of the bits of the output of the checked call, of a whole Forward: inputs are
	// a function of the seed, so that visits to one point, and to points that differ in their
	// workers alone, can be compared.
	OutDigest string     `json:"out_digest,omitempty"`
	Selection *Selection `json:"selection,omitempty"`

	SamplesNS []int64 `json:"samples_ns,omitempty"` // per call, in the order taken
	MedianNS  int64   `json:"median_ns,omitempty"`  // of samples_ns
	P99NS     int64   `json:"p99_ns,omitempty"`     // of phase decode, by nearest rank
	Repeats   int     `json:"repeats,omitempty"`    // calls averaged in a sample, where more than 1
	Allocs    *int64  `json:"allocs,omitempty"`     // heap objects per call
	CPUNS     int64   `json:"cpu_ns,omitempty"`     // CPU time of the process over all samples

	FLOPs         int64 `json:"flops,omitempty"` // useful work
	ExecutedFLOPs int64 `json:"executed_flops,omitempty"`

	PeakGFLOPS    float64 `json:"peak_gflops,omitempty"`     // as of a Point
	PeakLowGFLOPS float64 `json:"peak_low_gflops,omitempty"` // the smaller of before and after the samples
	// PeakBy is [PeakByOneWorker] where peak_gflops is not what all workers reached together,
	// but the peak of one times their number; peak_low_gflops is always what they reached.
	PeakBy         string  `json:"peak_by,omitempty"`
	BandwidthGBS   float64 `json:"bandwidth_gbs,omitempty"`   // as of a Point; of one visit in a round
	BandwidthPages string  `json:"bandwidth_pages,omitempty"` // [PagesHuge] or [PagesSmall]; absent where unknown

	InputBytes     int64 `json:"input_bytes,omitempty"`
	OutputBytes    int64 `json:"output_bytes,omitempty"`
	WorkspaceBytes int64 `json:"workspace_bytes,omitempty"`
	StateBytes     int64 `json:"state_bytes,omitempty"`
	ReadBytes      int64 `json:"read_bytes,omitempty"` // of the state, by one step
	// PeakBytes are the four sizes before, known exactly, and what the process grew by
	// beyond them over its first sample. VisitPeakBytes are the peak of the whole process:
	// with the oracle, its copies and the runtime.
	PeakBytes      int64 `json:"peak_bytes,omitempty"`
	VisitPeakBytes int64 `json:"visit_peak_bytes,omitempty"`

	Seconds  float64  `json:"seconds,omitempty"`  // of the whole visit, by the clock of the process of the sweep
	CPUs     []int    `json:"cpus,omitempty"`     // that the workers were bound to, where --pin asked for it
	Isolated bool     `json:"isolated,omitempty"` // in a process of its own
	Traits   []string `json:"traits,omitempty"`   // as of a Point
}

// PeakByOneWorker says how a peak was measured where workers found no CPUs of their own.
const PeakByOneWorker = "one worker"

// Pages that memory was read on.
const (
	PagesHuge  = "huge"
	PagesSmall = "small"
)

// Timed reports whether a visit has a time that counts.
func (v Visit) Timed() bool { return v.Status == StatusOK && v.MedianNS > 0 }

// AppendVisit writes one visit as one line, as Append does a point.
func (j *Journal) AppendVisit(v Visit) error {
	v.Kind = KindVisit
	return j.append(v)
}
