package attn

// HasEngine is implemented by variants that compute with the same code as others: two
// variants of one engine may be wrong in the same way, and neither confirms the other.
type HasEngine interface {
	Engine() string
}

// EngineOf returns the engine of v: its own name where it shares none.
func EngineOf(v Variant) string {
	if e, ok := v.(HasEngine); ok {
		return e.Engine()
	}
	return v.Name()
}
