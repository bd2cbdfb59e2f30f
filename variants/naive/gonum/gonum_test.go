package gonum_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/naive/gonum"
)

func TestConformance(t *testing.T) { attntest.Run(t, gonum.New()) }
