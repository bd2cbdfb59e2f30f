package linear_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/linear"
)

func TestConformance(t *testing.T) { attntest.Run(t, linear.New()) }

func TestConformanceChunked(t *testing.T) { attntest.Run(t, linear.NewChunked()) }

func TestConformanceRecurrent(t *testing.T) { attntest.Run(t, linear.NewRecurrent()) }
