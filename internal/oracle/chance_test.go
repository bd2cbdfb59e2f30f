package oracle

import (
	"flag"
	"fmt"
	"testing"

	"attnbench/attn"
)

var chances = flag.Bool("chances", false, "print the chance that sampled rows see one wrong row, one wrong tile of 64 rows, one wrong head")

// TestChances prints how likely the sampled rows alone see what is wrong in one place, over
// seeds. Bits compared between samples, and all rows beside a second variant, come on top.
func TestChances(t *testing.T) {
	if !*chances {
		t.Skip("prints a table; -chances")
	}
	fmt.Println("| rule | heads | n | rows of | one row | one tile of 64 rows | one head |")
	fmt.Println("|---|--:|--:|--:|--:|--:|--:|")
	for _, rule := range []string{"softmax", "retention"} {
		for _, heads := range []int{4, 32, 256} {
			for _, n := range []int{1 << 10, 16 << 10, 128 << 10} {
				p := attn.Problem{Batch: 1, QHeads: heads, KVHeads: 4, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 64}
				p.Rule, _ = attn.ParseRule(rule)
				const seeds, tile = 200, 64
				var rows, tiles, whole float64
				for seed := range uint64(seeds) {
					hitTiles, hitHeads := map[[2]int]bool{}, map[int]bool{}
					list := Sample(&p, 64, seed)
					for _, r := range list {
						hitTiles[[2]int{r.H, r.I / tile}], hitHeads[r.H] = true, true
					}
					rows += float64(len(list))
					tiles += float64(len(hitTiles))
					whole += float64(len(hitHeads))
				}
				all := float64(heads * n)
				fmt.Printf("| %s | %d | %dK | %.0f of %.0f | %.2g %% | %.2g %% | %.0f %% |\n", rule, heads, n>>10,
					rows/seeds, all, 100*rows/seeds/all, 100*tiles/seeds/(all/tile), 100*whole/seeds/float64(heads))
			}
		}
	}
}
