package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"
)

func example() Chart {
	c := Chart{
		Title: "Title", Subtitle: "Example CPU", Slopes: []int{1, 2},
		X: Axis{Label: "N, tokens", Base: 2, Tick: func(x float64) string { return fmt.Sprintf("%.0f", x) }},
		Y: Axis{Label: "time", Base: 10, Tick: func(y float64) string { return fmt.Sprintf("%g s", y) }},
	}
	for i, name := range []string{"quadratic", "linear"} {
		s := Series{Name: name}
		for n := 128.0; n <= 8192; n *= 2 {
			y := 1e-6 * math.Pow(n, float64(2-i))
			s.X, s.Y, s.Lo, s.Hi = append(s.X, n), append(s.Y, y), append(s.Lo, y*0.9), append(s.Hi, y*1.2)
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// texts are the labels of an SVG, sorted.
func texts(t *testing.T, svg []byte) []string {
	t.Helper()
	var list []string
	inside := false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			slices.Sort(list)
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			inside = x.Name.Local == "text"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if s := strings.TrimSpace(string(x)); inside && s != "" {
				list = append(list, s)
			}
		}
	}
}

func TestEveryLabelIsThere(t *testing.T) {
	svg, err := example().SVG()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Title", "Example CPU", "N, tokens", "time", "quadratic", "linear", "~ N", "~ N²",
		"128", "256", "512", "1024", "2048", "4096", "8192",
		"0.0001 s", "0.001 s", "0.01 s", "0.1 s", "1 s", "10 s", "100 s",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, texts(t, svg)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestTwiceTheSameBytes(t *testing.T) {
	for name, render := range map[string]func(Chart) ([]byte, error){"SVG": Chart.SVG, "PNG": Chart.PNG} {
		a, errA := render(example())
		b, errB := render(example())
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %v, %v, equal %v", name, errA, errB, bytes.Equal(a, b))
		}
	}
	data, _ := example().PNG()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() != 1600 {
		t.Errorf("PNG: %v, %v", img.Bounds(), err)
	}
}

func TestOddCharts(t *testing.T) {
	one := example()
	one.Series = []Series{{Name: "one", X: []float64{512}, Y: []float64{1e-3}}}
	flat := example()
	flat.Series = []Series{{Name: "flat", X: []float64{128, 256}, Y: []float64{5, 5}}}
	zero := example()
	zero.Series = append(zero.Series, Series{Name: "nothing", X: []float64{128, 256}, Y: []float64{0, 0}})
	crowd := example()
	for i := range 20 {
		crowd.Series = append(crowd.Series, Series{Name: fmt.Sprint("s", i), X: []float64{128, 8192}, Y: []float64{1e-3, 1e-2}})
	}
	for name, c := range map[string]Chart{"no series": {Title: "x", X: one.X, Y: one.Y}, "one point": one, "flat": flat, "zeros": zero, "crowd": crowd} {
		if _, err := c.SVG(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An axis always has at least two labelled ticks, and never more than fit.
func TestTicksAreLabelled(t *testing.T) {
	for _, base := range []int{2, 10} {
		axis := ticker(Axis{Base: base, Tick: func(x float64) string { return fmt.Sprint(x) }})
		for _, lo := range []float64{1e-9, 0.7, 1, 1.1, 3, 128, 1e6, 7.7e12} {
			for _, span := range []float64{2, 2.56, 3, 9, 10, 100, 1e5, 1e9} {
				hi, labels := lo*span*1.6*1.6, 0
				for _, tick := range axis.Ticks(lo, hi) {
					if tick.Value < lo*(1-1e-9) || tick.Value > hi*(1+1e-9) {
						t.Errorf("base %d, %g to %g: a tick at %g", base, lo, hi, tick.Value)
					}
					if tick.Label != "" {
						labels++
					}
				}
				if labels < 2 || labels > maxLabels+1 {
					t.Errorf("base %d, %g to %g: %d labels", base, lo, hi, labels)
				}
			}
		}
	}
}

func TestSpreadKeepsNamesApart(t *testing.T) {
	h := []vg.Length{50, 50, 51, 52, 200}
	spread(h, 0, 300)
	for i := 1; i < len(h); i++ {
		if h[i]-h[i-1] < lineSpace-1e-9 {
			t.Errorf("names at %v touch", h)
		}
	}
}

// Of 400 series some are named, the lowest and the highest among them, and the picture is
// no taller than one of few series.
func TestACrowdHasSomeNames(t *testing.T) {
	c := example()
	c.Series = nil
	for i := range 400 {
		y := float64(1 + i*7919%400)
		c.Series = append(c.Series, Series{Name: fmt.Sprintf("s%03.0f", y), X: []float64{128, 8192}, Y: []float64{y, y}})
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, text := range texts(t, svg) {
		if len(text) == 4 && text[0] == 's' {
			names = append(names, text)
		}
	}
	if len(names) != namedAmong || names[0] != "s001" || names[len(names)-1] != "s400" || c.Unnamed() != 400-namedAmong || c.height() != height {
		t.Errorf("names %v of a chart %v high, %d without", names, c.height(), c.Unnamed())
	}
	if few := example(); few.Unnamed() != 0 {
		t.Errorf("%d of 2 curves have no name", few.Unnamed())
	}
}

// A prediction has a hollow marker and a dotted line, and a measurement keeps its look.
func TestPredictionsAreHollow(t *testing.T) {
	c := example()
	c.Series = c.Series[:1]
	measured, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	c.Series[0].Hollow = make([]bool, 7)
	if same, _ := c.SVG(); !bytes.Equal(same, measured) {
		t.Error("a curve without predictions changed")
	}
	c.Series[0].Hollow[6] = true
	predicted, err := c.SVG()
	dotted := []byte("stroke-dasharray:1,2.5")
	if err != nil || bytes.Contains(measured, dotted) || bytes.Count(predicted, dotted) != 1 {
		t.Errorf("%d dotted lines, %v: want one", bytes.Count(predicted, dotted), err)
	}
	if circles := func(svg []byte) int { return bytes.Count(svg, []byte("fill:#FFFFFF")) }; circles(predicted) != circles(measured)+1 {
		t.Errorf("%d white shapes, then %d: want one more", circles(measured), circles(predicted))
	}
}
