package kernel

// RoundUp is the least multiple of to that is at least n.
func RoundUp(n, to int) int { return (n + to - 1) / to * to }
