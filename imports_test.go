package attnbench_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "attnbench"

// arrows are the imports that each package of the module may have, beside what
// it lists; a trailing "/..." takes in everything below. What is not listed here
// does not exist yet and must be added with its arrows.
var arrows = map[string]struct {
	inside  []string // packages of this module
	outside []string // modules; empty: the standard library alone
}{
	"attn":                 {[]string{"attn/mask"}, nil},
	"attn/mask":            {nil, nil},
	"attn/pool":            {[]string{"attn"}, nil},
	"internal/oracle":      {[]string{"attn", "attn/mask"}, nil},
	"internal/guard":       {nil, nil},
	"internal/cheats":      {nil, nil},
	"internal/input":       {[]string{"attn", "attn/mask"}, nil},
	"internal/kernel":      {nil, []string{"github.com/klauspost/cpuid/v2"}},
	"internal/bench":       {[]string{"attn", "internal/input", "internal/kernel", "internal/par"}, nil},
	"internal/par":         {nil, nil},
	"internal/kvcache":     {[]string{"attn"}, nil},
	"internal/splitkv":     {[]string{"attn", "attn/mask", "attn/pool", "internal/kernel", "internal/kvcache", "internal/tile", "internal/par"}, nil},
	"internal/tile":        {[]string{"attn", "attn/mask", "attn/pool", "internal/kernel", "internal/par"}, nil},
	"variants":             {[]string{"attn", "variants/..."}, nil},
	"variants/naive":       {[]string{"attn", "attn/mask", "attn/pool", "internal/splitkv", "internal/kernel", "internal/tile", "internal/par"}, nil},
	"variants/naive/gonum": {[]string{"attn", "attn/pool"}, []string{"gonum.org/v1/gonum/blas"}},
	"variants/flash":       {[]string{"attn", "attn/mask", "internal/splitkv", "internal/kernel", "internal/tile"}, nil},
	"variants/sparse":      {[]string{"attn", "attn/mask", "attn/pool", "internal/splitkv", "internal/kernel", "internal/tile", "internal/par"}, nil},
	"variants/linear":      {[]string{"attn", "attn/pool", "internal/kernel", "internal/par"}, nil},
	"harness/point":        {[]string{"attn", "attn/mask", "harness/result"}, nil},
	"harness/source":       {[]string{"attn", "harness/tensorfile", "internal/input"}, nil},
	"harness/check":        {[]string{"attn", "attn/pool", "harness/result", "internal/guard", "internal/oracle"}, nil},
	"harness/workload":     {[]string{"attn", "attn/mask", "harness/check", "harness/point", "harness/result", "harness/source", "internal/guard", "internal/input", "internal/oracle"}, nil},
	"harness/plan":         {[]string{"attn", "harness/check", "harness/machine", "harness/point", "harness/result", "harness/verdict", "harness/visit", "harness/workload"}, nil},
	"harness/recall":       {[]string{"attn", "harness/check", "harness/point", "harness/result", "harness/workload"}, nil},
	"harness/selftest":     {[]string{"attn", "harness/machine", "harness/plan", "harness/point", "harness/result", "harness/verdict", "harness/visit"}, nil},
	"harness/machine": {
		[]string{"harness/result", "internal/kernel", "internal/par"},
		[]string{
			"github.com/klauspost/cpuid/v2", "github.com/shirou/gopsutil/v4", "golang.org/x/sys", "github.com/KimMachineGun/automemlimit/memlimit",
			"github.com/moby/sys/mountinfo", "github.com/dustin/go-humanize",
		},
	},
	"harness/visit":         {[]string{"attn", "harness/check", "harness/machine", "harness/point", "harness/result", "harness/source", "harness/visit/process", "harness/workload", "internal/kernel"}, nil},
	"harness/visit/process": {nil, []string{"golang.org/x/sys"}},
	"harness/tensorfile":    {[]string{"attn", "harness/machine"}, []string{"codeberg.org/sbinet/npyio", "github.com/x448/float16"}},
	"harness/result":        {nil, nil},
	"harness/verdict":       {[]string{"harness/result"}, []string{"golang.org/x/perf/benchmath", "github.com/aclements/go-moremath/stats", "gonum.org/v1/gonum/stat"}},
	"harness/fit":           {nil, []string{"gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/stat"}},
	"harness/compare":       {[]string{"harness/report", "harness/result", "harness/verdict"}, nil},
	"harness/export":        {[]string{"harness/result", "harness/verdict"}, []string{"golang.org/x/perf/benchfmt"}},
	"harness/plot":          {nil, []string{"gonum.org/v1/plot", "golang.org/x/image/font"}},
	"harness/report":        {[]string{"harness/result", "harness/fit", "harness/plot", "harness/verdict"}, nil},
	"harness/cli": {
		[]string{"attn", "attn/mask", "harness/..."},
		[]string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/schollz/progressbar/v3", "golang.org/x/term"},
	},
	"harness/internal/scripted": {[]string{"attn", "internal/oracle"}, nil},
	"cmd/sweep":                 {[]string{"variants", "harness/cli"}, nil},
	"attn/attntest": {
		[]string{"attn", "attn/mask", "attn/attntest/internal/kit", "attn/attntest/internal/invent", "attn/attntest/internal/staterules", "internal/oracle", "internal/guard"},
		[]string{"pgregory.net/rapid"},
	},
	"attn/attntest/internal/staterules": {
		[]string{"attn", "attn/mask", "attn/attntest/internal/kit", "attn/attntest/internal/invent", "internal/oracle", "internal/guard"},
		[]string{"pgregory.net/rapid"},
	},
	"attn/attntest/internal/invent": {
		[]string{"attn", "attn/mask", "attn/attntest/internal/kit", "internal/input"},
		[]string{"pgregory.net/rapid"},
	},
	"attn/attntest/internal/kit": {[]string{"attn", "attn/mask", "internal/guard", "internal/input", "internal/oracle"}, nil},
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// goList runs go list and returns its packages by import path.
func goList(t *testing.T, args ...string) map[string]pkg {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]pkg{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list[p.ImportPath] = p
	}
}

func TestImportsPointOneWay(t *testing.T) {
	all := goList(t, "-deps", "./...")
	for path, p := range all {
		name, ours := strings.CutPrefix(path, module+"/")
		if !ours {
			continue
		}
		may, listed := arrows[name]
		if !listed {
			t.Errorf("%s has no arrows: say in this test what it may import", name)
			continue
		}
		for _, a := range may.inside {
			if used := func(path string) bool { return covers([]string{a}, strings.TrimPrefix(path, module+"/")) }; !slices.ContainsFunc(p.Imports, used) {
				t.Errorf("%s has an arrow to %s, which it does not import", name, a)
			}
		}
		for _, imported := range p.Imports {
			inside, ours := strings.CutPrefix(imported, module+"/")
			switch {
			case ours && !covers(may.inside, inside):
				t.Errorf("%s imports %s, which no arrow allows", name, inside)
			case !ours && !all[imported].Standard && !covers(may.outside, imported):
				t.Errorf("%s imports %s, which no arrow allows", name, imported)
			}
		}
	}
	for name := range arrows {
		if _, exists := all[module+"/"+name]; !exists {
			t.Errorf("%s has arrows and does not exist", name)
		}
	}
}

// covers reports whether a package or module of the list is path, or holds it: modules
// hold all of their packages, and packages of this one what is below them behind "/...".
func covers(allowed []string, path string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		above, all := strings.CutSuffix(a, "/...")
		return path == a || (all || strings.Contains(a, ".")) && strings.HasPrefix(path, above+"/")
	})
}

// An engine that imports a variant gets the standard library, this module and
// cpuid, and nothing of harness or oracle.
func TestVariantsBringNothingAlong(t *testing.T) {
	for _, v := range []string{"naive", "flash", "sparse", "linear"} {
		all := goList(t, "-deps", "./variants/"+v)
		for path, p := range all {
			switch {
			case p.Standard, strings.HasPrefix(path, "github.com/klauspost/cpuid/v2"), strings.HasPrefix(path, "golang.org/x/sys/"):
			case !strings.HasPrefix(path, module+"/"):
				t.Errorf("variants/%s brings %s along", v, path)
			case strings.HasPrefix(path, module+"/harness"), strings.HasSuffix(path, "/oracle"), strings.Contains(path, "/attntest"):
				t.Errorf("variants/%s brings %s along", v, path)
			}
		}
	}
}
