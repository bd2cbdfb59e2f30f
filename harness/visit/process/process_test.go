package process

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// child is what the test binary does where it is a child, by its first argument.
var child = map[string]func(){
	"echo": func() {
		io.Copy(os.Stdout, os.Stdin)
	},
	"panic": func() { panic("index 7 of 3\nand more") },
	"fatal": func() {
		os.Stderr.WriteString("some words of its own\n")
		m := map[int]int{}
		for range 8 {
			go func() {
				for {
					m[1]++
				}
			}()
		}
		time.Sleep(time.Minute)
	},
	"exits": func() {
		fmt.Fprintln(os.Stderr, "\x1b[31mno such\tvariant")
		fmt.Fprintln(os.Stderr, "more")
		os.Exit(3)
	},
	"floods": func() {
		for range 100 {
			os.Stderr.WriteString(strings.Repeat("x", 10_000))
		}
		panic("never at the beginning of a line")
	},
	"long line":   func() { fmt.Println(strings.Repeat("x", maxLine+1)) },
	"hangs":       func() { fmt.Println("here"); time.Sleep(time.Minute) },
	"killed":      func() { killItself() },
	"has a child": func() { liveAsParent() },
	"leaves":      func() { leaveBehind() },
	"name":        func() { fmt.Println(os.Args[0]) },
	"replaced":    func() { replaceItself() },
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && child[os.Args[1]] != nil {
		child[os.Args[1]]()
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, mode string) *Process {
	t.Helper()
	p, err := Start(Program{Path: os.Args[0]}, mode)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAChildAnswersLineByLine(t *testing.T) {
	p := start(t, "echo")
	for _, text := range []string{"one", strings.Repeat("2", 100_000)} {
		begin := time.Now()
		if err := p.Send([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if l := <-p.Lines; string(l.Text) != text || l.At.Before(begin) || l.At.After(time.Now()) {
			t.Errorf("%d bytes at %v for %d at %v", len(l.Text), l.At, len(text), begin)
		}
	}
	if why := p.End(time.Minute); why != "" {
		t.Error(why)
	}
	if _, open := <-p.Lines; open {
		t.Error("more lines")
	}
}

func TestTheEndOfAChildIsToldInOneLine(t *testing.T) {
	for mode, want := range map[string]string{
		"panic":  "exit status 2: panic: index 7 of 3",
		"fatal":  "exit status 2: fatal error: concurrent map",
		"exits":  "exit status 3: [31mno such variant",
		"floods": "exit status 2: " + strings.Repeat("x", maxHeadline) + " ...",
	} {
		p := start(t, mode)
		for range p.Lines {
		}
		if why := p.End(time.Minute); !strings.HasPrefix(why, want) || strings.Contains(why, "\n") {
			t.Errorf("%s: %q, want %q", mode, why, want)
		}
	}
}

func TestAChildThatHangsIsKilled(t *testing.T) {
	begin := time.Now()
	if why := start(t, "hangs").End(20 * time.Millisecond); why == "" || time.Since(begin) > 10*time.Second {
		t.Errorf("%q after %v", why, time.Since(begin))
	}
}

func TestALineWithoutAnEndEndsTheLines(t *testing.T) {
	p := start(t, "long line")
	if l, open := <-p.Lines; open {
		t.Errorf("a line of %d bytes", len(l.Text))
	}
	p.Kill()
	p.End(0)
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if _, err := Start(Program{Path: "/no/such/program"}); err == nil || !strings.HasPrefix(err.Error(), "no child: ") {
		t.Error(err)
	}
}

// Starting a child and its first answer cost under 30 ms.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := Start(Program{Path: os.Args[0]}, "echo")
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Send([]byte("x")); err != nil {
			b.Fatal(err)
		}
		<-p.Lines
		if why := p.End(time.Minute); why != "" {
			b.Fatal(why)
		}
	}
}
