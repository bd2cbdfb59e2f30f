package result

// Status is what became of a point.
type Status string

// The statuses of a point. A point of StatusOK has times, and so has a point of
// StatusFailed that exceeds the roofline, as evidence.
const (
	StatusOK          Status = "ok"
	StatusDisagree    Status = "disagree"    // refused a time: an error is outside its budget
	StatusUnsupported Status = "unsupported" // the variant cannot compute it
	StatusSkipped     Status = "skipped"     // predicted to exceed its share of time or memory
	StatusFailed      Status = "failed"      // panicked, could not be planned, or is faster than the machine
)

// Problem is attn.Problem in words and numbers, complete, so that any process can make
// the same Problem.
type Problem struct {
	Batch     int      `json:"batch"`
	QHeads    int      `json:"q_heads"`
	KVHeads   int      `json:"kv_heads"`
	QLen      int      `json:"q_len"`
	KVLen     int      `json:"kv_len"`
	HeadDim   int      `json:"head_dim"`
	ValueDim  int      `json:"value_dim"`
	Mask      string   `json:"mask"` // as mask.Parse reads it
	Rule      string   `json:"rule"` // as attn.ParseRule reads it
	DType     string   `json:"dtype"`
	KVDType   string   `json:"kv_dtype"`
	Modifiers []string `json:"modifiers,omitempty"` // as Problem.SetModifiers reads them
}

// KVCacheBytes is the size of a KV cache that holds every row of K and V.
func (p Problem) KVCacheBytes() int64 {
	return 4 * int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen) * int64(p.HeadDim+p.ValueDim)
}

// Agreement is the error against the float64 oracle of the same Problem.
type Agreement struct {
	MaxAbs float64 `json:"max_abs"` // largest error of any checked element
	Budget float64 `json:"budget"`  // of that element
	Worst  float64 `json:"worst"`   // largest error / budget of any checked element; above 1 disagrees
	Rows   int     `json:"rows"`    // rows checked, of each profile
	Of     int64   `json:"of"`      // rows there are
	// Heads are the heads of all batch entries that some checked row is of. HeadsAtEnd are
	// those at the longest checked context of a State, where they are fewer. Samples are
	// those whose output was looked at, and Second is what all rows were compared with, or
	// SecondRows of them where they are fewer: the name of another variant, or "projected
	// oracle". All are absent in old records, Samples where nothing was timed, and Second
	// where it would cost too much.
	Heads      int    `json:"heads,omitempty"`
	HeadsAtEnd int    `json:"heads_at_end,omitempty"`
	Samples    int    `json:"samples,omitempty"`
	Second     string `json:"second,omitempty"`
	SecondRows int64  `json:"second_rows,omitempty"`
	// Profile names the numbers with the worst error: the timed input, or positive (|V|)
	// peaky (8·Q), or shifted (scores moved by ±128), which are made of the timed input. Absent in old records, which
	// checked the timed input alone.
	Profile string `json:"profile,omitempty"`
	// Context is the longest checked context, in tokens, of a State whose own context is
	// too long for the oracle.
	Context int `json:"context,omitempty"`
}

// Drift is the distance of the oracle's output from dense softmax attention over
// the same inputs: same weights, not retrained. Never mixed with Agreement.
type Drift struct {
	RelL2  float64 `json:"rel_l2"`  // |out - dense| / |dense|, over the checked rows
	MaxAbs float64 `json:"max_abs"` // largest difference of an element
	Cosine float64 `json:"cosine"`  // mean cosine of a row with its dense row
}

// Selection is the step before the attend step of variants that choose by the numbers
// what a query sees. All other figures of the Point are of the attend step alone: times,
// FLOPs, Agreement (with the oracle under this selection) and Drift.
type Selection struct {
	By        string  `json:"by"`                   // the rule, topk:64:8:32
	Pairs     int64   `json:"pairs,omitempty"`      // that the selection keeps
	Of        int64   `json:"of,omitempty"`         // that the mask shows
	SamplesNS []int64 `json:"samples_ns,omitempty"` // per selection, in the order taken
	MedianNS  int64   `json:"median_ns,omitempty"`
	Repeats   int     `json:"repeats,omitempty"` // selections averaged in a sample, where more than 1
}

// Workloads: what a visit times.
const (
	WorkloadForward   = "forward"   // a whole sequence in one Forward
	WorkloadSelection = "selection" // a Forward under a selection, and the step that selects
	WorkloadDecode    = "decode"    // one token against what a State keeps of the tokens before it
	WorkloadPrefill   = "prefill"   // a whole sequence, in chunks through a State
)

// Phases of a Point.
const (
	PhasePrefill = "prefill" // a whole sequence: in one Forward, or in chunks through a State
	PhaseDecode  = "decode"  // one token against what a State keeps of the tokens before it
)

// Point is one cell of the sweep. Absent means default or unknown; a number is
// always finite. Of phase decode, q_len is 1, kv_len the context, and a sample the
// time of one token of every batch entry.
//
// In schema 1 one process measured a Point once: its samples stand here, and series names
// its curve. In schema 2 a Point sums up its visits, whose lines hold the samples: times are
// medians over visits, the agreement is the worst of all visits, and key says which Point
// it is. Of several lines with one key the last counts.
type Point struct {
	Kind     string  `json:"kind"`
	Key      string  `json:"key,omitempty"`    // schema 2: all that identifies it, in one line
	Series   string  `json:"series,omitempty"` // schema 1: the curve it belongs to
	Provider string  `json:"provider"`         // attnbench, or who else computed it
	Variant  string  `json:"variant"`
	ISA      string  `json:"isa,omitempty"`
	Workers  int     `json:"workers"`
	Workload string  `json:"workload,omitempty"` // schema 2: forward, selection, decode, prefill
	Phase    string  `json:"phase"`              // prefill, decode
	Cache    string  `json:"cache"`              // warm
	Problem  Problem `json:"problem"`
	Input    string  `json:"input"`
	Seed     uint64  `json:"seed"`

	Status  Status `json:"status"`
	Message string `json:"message,omitempty"`

	Agreement *Agreement `json:"agreement,omitempty"`
	Drift     *Drift     `json:"drift,omitempty"`
	Selection *Selection `json:"selection,omitempty"`

	// Visits of schema 2 are those whose medians count, in the order made. Visits of status ok
	// are quiet or disturbed; disturbed ones do not count where enough quiet ones remain.
	// The interval of 95 % of the median is there from 6 visits on.
	Visits          int      `json:"visits,omitempty"`
	VisitMedians    []int64  `json:"visit_medians_ns,omitempty"`
	QuietVisits     int      `json:"quiet_visits,omitempty"`
	DisturbedVisits int      `json:"disturbed_visits,omitempty"`
	IntervalNS      [2]int64 `json:"interval_ns,omitzero"`
	Isolated        bool     `json:"isolated,omitempty"` // every visit was a process of its own

	SamplesNS []int64 `json:"samples_ns,omitempty"` // schema 1: per Forward, in the order taken
	MedianNS  int64   `json:"median_ns,omitempty"`  // schema 1: of the samples; schema 2: of visit_medians_ns
	P99NS     int64   `json:"p99_ns,omitempty"`     // of phase decode, by nearest rank
	Repeats   int     `json:"repeats,omitempty"`    // Forwards averaged in a sample, where more than 1
	Allocs    *int64  `json:"allocs,omitempty"`     // heap objects per Forward

	FLOPs         int64   `json:"flops,omitempty"` // useful work
	ExecutedFLOPs int64   `json:"executed_flops,omitempty"`
	GFLOPS        float64 `json:"gflops,omitempty"` // useful work over the median

	// The roofline beside this point: the same kernel set and workers. Absent where not
	// measured.
	PeakGFLOPS   float64 `json:"peak_gflops,omitempty"`   // multiply-adds in registers, the larger of before and after the samples
	BandwidthGBS float64 `json:"bandwidth_gbs,omitempty"` // read from memory, 10⁹ bytes per second; of phase decode, of read_bytes between the samples, absent where the last-level cache holds them
	PeakFraction float64 `json:"peak_fraction,omitempty"` // useful work over the median, in units of the peak; above 1.03 failed

	// Of a State: phase decode, and prefill where chunk is given.
	Chunk             int     `json:"chunk,omitempty"`              // rows of an Extend of a prefill; absent where it is one Forward
	TokensPerSecond   float64 `json:"tokens_per_second,omitempty"`  // of all batch entries together, by the median
	StateBytes        int64   `json:"state_bytes,omitempty"`        // that the State holds
	ReadBytes         int64   `json:"read_bytes,omitempty"`         // that a step must read of it
	BandwidthFraction float64 `json:"bandwidth_fraction,omitempty"` // read_bytes over the median, in units of bandwidth_gbs

	InputBytes     int64 `json:"input_bytes,omitempty"`
	OutputBytes    int64 `json:"output_bytes,omitempty"`
	WorkspaceBytes int64 `json:"workspace_bytes,omitempty"` // what the Plan asked for
	PredictedBytes int64 `json:"predicted_bytes,omitempty"` // inputs + output + workspace + state
	PeakBytes      int64 `json:"peak_bytes,omitempty"`      // schema 2: measured; the median over visits, absent where the system cannot tell
	VisitBytes     int64 `json:"visit_bytes,omitempty"`     // schema 2: predicted of the whole process of a visit
	PredictedNS    int64 `json:"predicted_ns,omitempty"`    // schema 2: of one sample, where a point was skipped

	Traits []string `json:"traits,omitempty"` // what the variant does not promise, in the words of attn.Traits

	Repro string `json:"repro"` // the command that repeats this point

	// Visited are the visits of this Point, in the order made, as Read joins them by key.
	Visited []Visit `json:"-"`
}
