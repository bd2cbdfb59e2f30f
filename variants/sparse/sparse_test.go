package sparse_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/sparse"
)

func TestConformance(t *testing.T) { attntest.Run(t, sparse.New()) }
