package linear_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/linear"
)

func TestConformance(t *testing.T) { attntest.Run(t, linear.New()) }

func TestConformanceChunked(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector one form of the three takes long enough")
	}
	attntest.Run(t, linear.NewChunked())
}

func TestConformanceRecurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector one form of the three takes long enough")
	}
	attntest.Run(t, linear.NewRecurrent())
}
