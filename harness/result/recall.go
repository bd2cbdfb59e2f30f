package result

// KindRecall is the kind of line that holds a Recall.
const KindRecall = "recall"

// Recall is what one variant retrieves of planted pairs: keys of length 1 in random
// directions with codewords for values, among noise, each asked for by a query that
// is its key times a gain. A retrieval is exact where the codeword with the largest
// inner product with the output is the planted one. Needs no training; a figure of
// quality, never mixed with Agreement. It depends on seed, variant and Problem, not
// on the machine.
type Recall struct {
	Kind    string  `json:"kind"`
	Key     string  `json:"key,omitempty"`    // schema 2: all that identifies it, in one line
	Series  string  `json:"series,omitempty"` // schema 1: the variant, and the mask where several are swept
	Variant string  `json:"variant"`
	ISA     string  `json:"isa,omitempty"`     // schema 2: that it ran on
	Workers int     `json:"workers,omitempty"` // schema 2: that it ran on
	Problem Problem `json:"problem"`           // of the sequence; q_len of a trial is its number of queries
	Seed    uint64  `json:"seed"`

	Status  Status `json:"status"` // ok, unsupported, skipped, failed
	Message string `json:"message,omitempty"`

	Gain       float64 `json:"gain"`                  // score of a query with its own key, under the default scale
	Codewords  int     `json:"codewords"`             // 1 / codewords is chance
	Selection  string  `json:"selection,omitempty"`   // the rule, of variants that choose by the numbers what a query sees
	StateBytes int64   `json:"state_bytes,omitempty"` // that a decoder keeps of the sequence, one key/value head

	ByPairs    []RecallCount `json:"by_pairs,omitempty"`    // planted anywhere before the queries
	ByDistance []RecallCount `json:"by_distance,omitempty"` // one pair at each distance
}

// RecallCount is how many queries there were and how many of them were exact.
type RecallCount struct {
	Pairs    int `json:"pairs"`              // in one sequence
	Distance int `json:"distance,omitempty"` // positions from the pair to its query; 0: any
	Queries  int `json:"queries"`            // over all sequences
	Exact    int `json:"exact"`
}

// AppendRecall writes one recall as one line, as Append does a point.
func (j *Journal) AppendRecall(r Recall) error {
	r.Kind = KindRecall
	return j.append(r)
}
