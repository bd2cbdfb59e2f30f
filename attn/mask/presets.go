package mask

// StreamingLLM is the causal window of left keys and the query's own, with the first
// sinks keys always in view (Xiao et al. 2023, section 3.2).
func StreamingLLM(sinks, left int) Mask {
	return Or(Window{Left: left}, And(Causal(), Sinks{sinks}))
}

// Longformer is a window with global tokens (Beltagy et al. 2020, section 3.1).
func Longformer(global int, w Window) Mask { return Or(w, Global{global}) }

// BigBird is the Or of a window of blocks, of the first global blocks both ways, and of
// random blocks among the keys (Zaheer et al. 2020, section 2).
func BigBird(block, global, left, right, random, keys, seed int) Mask {
	return Or(BlockWindow{block, left, right}, Global{global * block}, RandomBlocks{block, random, keys, seed})
}
