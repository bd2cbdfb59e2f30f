package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/cli"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/result"
	"attnbench/variants"
)

// keeping is a decoder made of a variant: a cache, on which every Extend plans anew.
type keeping struct {
	attn.Variant
	name  string
	begun chan struct{} // where not nil: the Extend that hangs has begun, after the first visit
	wrong bool
}

func (v keeping) Name() string { return v.name }

func (v keeping) NewState(p attn.Problem, _ attn.Options) (attn.State, error) {
	cache, err := scripted.NewCache(p)
	return &kept{cache, v}, err
}

type kept struct {
	scripted.Cache
	v keeping
}

func (k *kept) Workspace() int { return 0 }

func (k *kept) Extend(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&k.P, k.Lens, n, ws, 0); err != nil {
		return err
	}
	if err := k.Append(a, n); err != nil {
		return err
	}
	p := k.P
	if p.QLen = a.K.Shape[2]; n != nil {
		p.QLen = n[0]
	}
	if p.KVLen = k.Lens[0]; k.v.begun != nil && recorded("visit") {
		k.v.begun <- struct{}{}
		time.Sleep(time.Hour)
	}
	plan, err := k.v.Plan(p, attn.Options{})
	if err != nil {
		return err
	}
	a.Q, a.Out, a.K, a.V = a.Q.Rows(0, p.QLen), a.Out.Rows(0, p.QLen), k.K.Rows(0, p.KVLen), k.V.Rows(0, p.KVLen)
	plan.Forward(a, make([]float32, plan.Workspace()))
	if k.v.wrong {
		a.Out.Data[0] += 0.01
	}
	return nil
}

// recorded reports whether the journal in r holds a line of that kind.
func recorded(kind string) bool {
	data, _ := os.ReadFile(filepath.Join("r", result.FileName))
	return bytes.Contains(data, []byte(`{"kind":"`+kind+`"`))
}

func decode(t *testing.T, v attn.Variant, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), inside(append([]string{"decode"}, args...)), &out, &errs, v)
	return status, out.String(), errs.String()
}

func TestBadInputOfDecode(t *testing.T) {
	file := atHome(t, "grouped.npz")
	for _, c := range []struct {
		args string
		want []string
	}{
		{"--contexts 0", []string{"--contexts 0", "want lengths like"}},
		{"--contexts abc", []string{"--contexts abc", "want lengths like"}},
		{"--contexts 1k,", []string{"--contexts 1k,"}},
		{"--contexts 8k:1k", []string{"--contexts 8k:1k", "ends before"}},
		{"--seqlen 16", []string{"seqlen"}},
		{"--variants flsh", []string{"--variants flsh", `"flsh"`}},
		{"--heads 4 --kvheads 3", []string{"--kvheads 3", "divisor of --heads 4"}},
		{"--heads 33 --kvheads 8", []string{"--kvheads 8", "divisor of --heads 33"}},
		{"--headdim 0", []string{"--headdim 0", "1 to 65536"}},
		{"--batch 0", []string{"--batch 0"}},
		{"--batch 2000000000 --heads 2000000000", []string{"--contexts 1024", "too large together"}},
		{"--workers 0", []string{"--workers 0"}},
		{"--isa avx9", []string{"--isa avx9"}},
		{"--mask window:3", []string{"--mask window:3"}},
		{"--rule nothing", []string{"--rule nothing"}},
		{"--phase encode", []string{"--phase encode", "decode,prefill"}},
		{"--phase=", []string{"--phase"}},
		{"--input " + file, []string{"--input", "gaussian, positive, peaky, outliers"}},
		{"--input local", []string{"--input", "gaussian, positive, peaky, outliers"}},
		{"--budget 1ms", []string{"--budget", "want 1s to 24h"}},
		{"--recall", []string{"recall"}},
		{"stray", []string{"stray"}},
	} {
		status, stdout, stderr := sweep(t, append([]string{"decode"}, strings.Fields(c.args)...)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sweep: ") {
			t.Errorf("%s: status %d, stdout %q, stderr %q: want status 2 and one line", c.args, status, stdout, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %q does not say %q", c.args, stderr, want)
			}
		}
	}
	if names := entries(t); len(names) != 0 {
		t.Errorf("bad input left %v", names)
	}
}

func TestDecodeWritesAReportThatRendersToTheSameBytes(t *testing.T) {
	atHome(t, "")
	v := keeping{Variant: variants.All()[1], name: "kept"}
	status, stdout, stderr := decode(t, v, "--contexts", "16:64", "--heads", "4", "--kvheads", "2", "--headdim", "8", "--batch", "2", "--out", "r", "--workers", "1", "--visits", "2")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if last := lines[len(lines)-1]; last != "report: r/report.md" || !strings.Contains(stdout, " decode ") || !strings.Contains(stdout, " prefill ") || !strings.Contains(stdout, "tokens/s  state 8 KiB") {
		t.Errorf("the lines are %s", stdout)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 6 || s.End == nil || s.End.Status != "complete" || len(s.Recalls) != 0 {
		t.Fatalf("%d points, %d recalls, end %v, %v", len(s.Points), len(s.Recalls), s.End, err)
	}
	for i, p := range s.Points { // the contexts of the series, which one visit measures, come first
		if phase := []string{result.PhaseDecode, result.PhasePrefill}[i/3]; p.Status != result.StatusOK || p.Phase != phase || p.Agreement == nil || p.TokensPerSecond <= 0 || p.StateBytes != int64(2*2*16*4*p.Problem.KVLen) {
			t.Errorf("%s at %d: %s %s, %+v", p.Phase, p.Problem.KVLen, p.Status, p.Message, p)
		}
		if p.Phase == result.PhaseDecode && (p.Visits != 2 || len(p.Visited[0].SamplesNS) < 67) {
			t.Errorf("%d visits with %d samples of a short step", p.Visits, len(p.Visited[0].SamplesNS))
		}
	}
	before := map[string][]byte{}
	for _, name := range []string{"report.md", "latency.svg", "latency.png", "state.svg", "state.png"} {
		if before[name], err = os.ReadFile(filepath.Join("r", name)); err != nil {
			t.Error(err)
		}
		os.Remove(filepath.Join("r", name))
	}
	if status, _, stderr := sweep(t, "report", "r"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for name, want := range before {
		if got, err := os.ReadFile(filepath.Join("r", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs when rendered again: %v", name, err)
		}
	}
	// The command of a record repeats that point alone.
	for i, p := range s.Points[2:4] {
		dir := string(rune('a' + i))
		args := append(strings.Fields(p.Repro)[2:], "--out", dir)
		if status, _, stderr := decode(t, v, args...); status != 0 {
			t.Fatal(stderr)
		}
		again, err := result.Read(dir)
		if err != nil || len(again.Points) != 1 {
			t.Fatalf("%v: %d points", err, len(again.Points))
		}
		q := again.Points[0]
		if q.Repro != p.Repro || q.Key != p.Key || q.Agreement.Rows != p.Agreement.Rows {
			t.Errorf("%s: repeated by %s, %+v and %+v", p.Repro, q.Repro, p.Agreement, q.Agreement)
		}
	}
}

// Ours decode, and what does not says so; a State that keeps its size has no use for
// the context.
func TestDecodeOfOurVariants(t *testing.T) {
	atHome(t, "")
	status, _, stderr := sweep(t, "decode", "--variants", "all", "--contexts", "300,700", "--heads", "4", "--kvheads", "2", "--headdim", "16", "--out", "r", "--workers", "2")
	if status != 0 {
		t.Errorf("status %d: %s", status, stderr)
	}
	s, err := result.Read("r")
	if err != nil || len(s.Points) != 4*len(variants.All()) {
		t.Fatalf("%d points, %v", len(s.Points), err)
	}
	sizes := map[string][]int64{}
	for _, p := range s.Points {
		want := result.StatusUnsupported
		for _, v := range variants.All() {
			if _, ok := v.(attn.Decoder); ok && v.Name() == p.Variant {
				want = result.StatusOK
			}
		}
		if p.Status != want {
			t.Errorf("%s: %s %s", p.Key, p.Status, p.Message)
		}
		if p.Status == result.StatusOK && p.Phase == result.PhaseDecode {
			if sizes[p.Variant] = append(sizes[p.Variant], p.StateBytes); *p.Allocs != 0 {
				t.Errorf("%s: a step makes %d heap objects", p.Key, *p.Allocs)
			}
		}
	}
	for name, size := range sizes {
		if flat := name == "sparse" || strings.HasPrefix(name, "linear"); flat != (size[0] == size[1]) {
			t.Errorf("the state of %s is %d bytes", name, size)
		}
	}
	if len(sizes) < 3 {
		t.Errorf("%d variants decode", len(sizes))
	}
}

func TestAStateThatDisagreesIsStatus1(t *testing.T) {
	atHome(t, "")
	status, _, stderr := decode(t, keeping{Variant: variants.All()[1], name: "wrong", wrong: true}, "--contexts", "16", "--heads", "2", "--headdim", "8", "--out", "r", "--phase", "decode")
	if status != 1 || !strings.Contains(stderr, "1 of 1 points disagreed or failed") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if s, err := result.Read("r"); err != nil || s.Points[0].Status != result.StatusDisagree || s.Points[0].MedianNS != 0 {
		t.Errorf("%+v, %v", s.Points, err)
	}
}

// The second visit is interrupted: what the first one measured stays.
func TestInterruptKeepsFinishedContexts(t *testing.T) {
	atHome(t, "")
	v := keeping{Variant: variants.All()[1], name: "kept", begun: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-v.begun
		cancel()
	}()
	var out, errs bytes.Buffer
	status := cli.Run(ctx, []string{"decode", "--contexts", "16,32,64", "--heads", "2", "--headdim", "8", "--out", "r", "--phase", "decode", "--isolate=false"}, &out, &errs, v)
	if status != 130 || !strings.Contains(errs.String(), "3 of 3 points are kept in r") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if s, err := result.Read("r"); err != nil || len(s.Points) != 3 || s.Points[2].Visits != 1 || s.End == nil || s.End.Status != "interrupted" {
		t.Errorf("%d points, end %+v, %v", len(s.Points), s.End, err)
	}
	if page, err := os.ReadFile("r/report.md"); err != nil || !bytes.Contains(page, []byte("3 of 3 points are here")) || !bytes.Contains(page, []byte("## Decode")) {
		t.Errorf("the report of an interrupted sweep: %v", err)
	}
}

func TestListSaysWhoDecodes(t *testing.T) {
	var out, errs bytes.Buffer
	if status := cli.Run(context.Background(), []string{"list"}, &out, &errs, keeping{Variant: variants.All()[1], name: "kept"}, wrong{variants.All()[1]}); status != 0 {
		t.Fatal(errs.String())
	}
	for line := range strings.Lines(out.String()) {
		if name, _, _ := strings.Cut(line, " "); name == "kept" != strings.Contains(line, "decoding") {
			t.Errorf("%q", line)
		}
	}
}
