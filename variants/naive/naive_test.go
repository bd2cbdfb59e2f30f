package naive_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/naive"
)

func TestConformance(t *testing.T) { attntest.Run(t, naive.New()) }

func FuzzForward(f *testing.F) { attntest.Fuzz(f, naive.New()) }

func FuzzState(f *testing.F) { attntest.FuzzState(f, naive.New()) }
