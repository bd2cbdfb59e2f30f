package flash_test

import (
	"testing"

	"attnbench/attn/attntest"
	"attnbench/variants/flash"
)

func TestConformance(t *testing.T) { attntest.Run(t, flash.New()) }
