package attn

// Selector is implemented by Plans that choose what a query sees by the numbers. Their
// Forward selects and attends; with Select the two steps are timed and checked apart.
type Selector interface {
	Plan
	// Select reads Q and K and returns the Problem whose mask is the Plan's own and
	// the selection made, and the Plan that attends under it, which is as immutable as
	// any. It allocates both and leaves Out and LSE alone; it wants the ws of Forward
	// and panics as that does. The Plan that it returns needs no more Workspace.
	Select(a Args, ws []float32) (Problem, Plan)
	// Selects names the rule of selection, as topk:64:8:32: what a record holds beside
	// the mask, since Plans of the same Problem that select otherwise compute another thing.
	Selects() string
}
