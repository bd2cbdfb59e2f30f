package attn

// Selector is implemented by Plans that choose by the numbers what a query sees. Their
// Forward selects and attends; Select lets a caller time and check the two steps apart.
type Selector interface {
	Plan
	// Select reads Q and K and returns the Problem whose mask is the Plan's own and
	// the selection made, and the Plan that attends under this mask, as immutable as any.
	// Select allocates both and leaves Out and LSE alone. It wants the ws of Forward and
	// panics as Forward does. The Plan returned needs no larger Workspace.
	Select(a Args, ws []float32) (Problem, Plan)
	// Selects names the rule of selection, as topk:64:8:32. A record holds it beside the
	// mask, since Plans of one Problem with other rules compute other results.
	Selects() string
}
