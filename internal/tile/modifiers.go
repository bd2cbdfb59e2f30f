package tile

import "math"

// modifyScores is the one seam between scores and softmax: softcap, then ALiBi,
// then the change of units to log2 (attn's order of operations). s [keys, L]
// holds scale·q·k.
func (x *Panel) modifyScores(s []float32, k0, keys int) {
	L, softcap := x.Set.Lanes, float64(x.Problem.Softcap)
	var slope float64
	if x.Problem.ALiBi != nil {
		slope = float64(x.Problem.ALiBi[x.h])
	}
	for j := range keys {
		row := s[j*L : (j+1)*L]
		for r := range row {
			score := float64(row[r])
			if softcap != 0 {
				score = softcap * math.Tanh(score/softcap)
			}
			distance := math.Abs(float64(x.position + r - (k0 + j)))
			row[r] = float32((score - slope*distance) * log2e)
		}
	}
}
