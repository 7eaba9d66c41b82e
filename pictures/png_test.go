package pictures_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"journeybot/cards"
	"journeybot/pictures"

	"github.com/stretchr/testify/require"
)

func funnel() cards.Chart {
	return cards.Chart{
		Title: "Share that came this far", Unit: "%", Bars: true,
		Categories: []string{"First search", "First value", "Value realization", "Continued value", "Рост ценности"},
		Series:     []cards.ChartSeries{{Name: "Accounts", Values: []float64{96.7, 83.3, 31.7, 20, 5}}, {Name: "ARR", Values: []float64{97.6, 85.7, 66.7, 28.6, 9.5}}},
	}
}

func history() cards.Chart {
	c := cards.Chart{Title: "Percent of the value on 26 Aug", Unit: "%"}
	names := []string{"Active users", "Searches", "Seats used", "NPS", "Tickets", "Exports"}
	for i := range 20 {
		c.Categories = append(c.Categories, []string{"26 Aug", "30 Aug", "4 Sep", "9 Sep"}[i%4])
	}
	for n, name := range names {
		values := make([]float64, 20)
		for i := range values {
			values[i] = 100 + float64((n-2)*i)*1.5
		}
		c.Series = append(c.Series, cards.ChartSeries{Name: name, Values: values})
	}
	return c
}

// TestPNG draws what the bot draws. With PICTURES set to a folder it keeps the pictures there, to be looked at.
func TestPNG(t *testing.T) {
	t.Parallel()
	one := history()
	one.Series = one.Series[:1]
	long := history()
	long.Bars, long.Series = true, long.Series[:2]
	flat := cards.Chart{Title: "Flat", Bars: true, Categories: []string{"a"}, Series: []cards.ChartSeries{{Name: "x", Values: []float64{0}}}}
	for name, c := range map[string]cards.Chart{"funnel": funnel(), "history": history(), "one": one, "flat": flat, "long": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := pictures.PNG(c)
			require.NoError(t, err)
			again, err := pictures.PNG(c)
			require.NoError(t, err)
			require.Equal(t, raw, again, "the same chart is the same picture")
			if folder := os.Getenv("PICTURES"); folder != "" {
				require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), raw, 0o600))
			}
			picture, err := png.Decode(bytes.NewReader(raw))
			require.NoError(t, err)
			require.Equal(t, image.Rect(0, 0, 1200, max(640, map[string]int{"long": 1960}[name])), picture.Bounds())
			r, g, b, a := picture.At(1, 1).RGBA()
			require.Equal(t, [4]uint32{0xffff, 0xffff, 0xffff, 0xffff}, [4]uint32{r, g, b, a}, "white, not transparent: a dark theme shines through otherwise")
			for _, want := range []color.RGBA{{0x00, 0x72, 0xB2, 0xFF}, {0xE6, 0x9F, 0x00, 0xFF}, {0x00, 0x9E, 0x73, 0xFF}}[:min(3, len(c.Series))] {
				require.True(t, has(picture, want) || name == "flat", "%v is missing", want)
			}
		})
	}
	_, err := pictures.PNG(cards.Chart{Title: "Nothing"})
	require.ErrorIs(t, err, pictures.ErrEmpty)
}

func has(p image.Image, want color.RGBA) bool {
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			if color.RGBAModel.Convert(p.At(x, y)) == want {
				return true
			}
		}
	}
	return false
}
