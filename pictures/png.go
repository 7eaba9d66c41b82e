// Package pictures draws the charts of cards as PNG, for workspaces that can't show Slack's own.
//
// A picture is the same in every theme of Slack: dark on white. Its colours are those of Okabe and Ito, which people with any kind of
// colour vision can tell apart, and lines differ by their marks too. Its font has Latin, Greek and Cyrillic letters; others are drawn
// as boxes.
package pictures

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"

	"journeybot/cards"
)

// Size of a picture in pixels: twice what Slack shows on a desktop, so that it is sharp on every screen.
const (
	width       = 1200
	height      = 640 // at least: more bars need more
	besideBars  = 160
	heightOfBar = 30
)

// ErrEmpty is returned for a chart without values.
var ErrEmpty = errors.New("the chart has no values")

// PNG draws a chart.
func PNG(c cards.Chart) ([]byte, error) {
	if c.Bars {
		c = upwards(c)
	}
	values := make([][]float64, len(c.Series))
	names := make([]string, len(c.Series))
	for i, s := range c.Series {
		values[i], names[i] = s.Values, s.Name
	}
	if len(values) == 0 || len(c.Categories) == 0 {
		return nil, ErrEmpty
	}
	high := height
	if c.Bars {
		high = max(high, besideBars+len(c.Categories)*(len(c.Series)+1)*heightOfBar)
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: high, Theme: theme()})
	p.FilledRect(0, 0, width, high, charts.ColorWhite, charts.ColorWhite, 0)
	draw := lines
	if c.Bars {
		draw = bars
	}
	if err := draw(p, c, names, values); err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	raw, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return raw, nil
}

func theme() charts.ColorPalette {
	ink, grid := charts.ColorFromHex("#1D1C1D"), charts.ColorFromHex("#D0D0D0")
	colours := make([]charts.Color, 0, 6)
	for _, hex := range []string{"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"} {
		colours = append(colours, charts.ColorFromHex(hex))
	}
	return charts.MakeTheme(charts.ThemeOption{
		BackgroundColor: charts.ColorWhite, TextColor: ink, AxisStrokeColor: ink, AxisSplitLineColor: grid, SeriesColors: colours,
	})
}

const (
	titleSize = 24
	textSize  = 18
)

func title(c cards.Chart) charts.TitleOption {
	text := c.Title
	if c.Unit != "" && len(c.Series) > 0 {
		text += " (" + c.Unit + ")"
	}
	return charts.TitleOption{Text: text, FontStyle: charts.FontStyle{FontSize: titleSize}}
}

func legend(names []string) charts.LegendOption {
	return charts.LegendOption{
		SeriesNames: names, FontStyle: charts.FontStyle{FontSize: textSize}, Offset: charts.OffsetStr{Left: charts.PositionCenter, Top: charts.PositionBottom},
	}
}

// figure writes a value as short as it can be told apart.
func figure(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// some keeps as many labels as fit side by side.
func some(labels []string) []string {
	const most = 8
	every := (len(labels) + most - 1) / most
	kept := make([]string, len(labels))
	for i := range labels {
		if i%every == 0 {
			kept[i] = labels[i]
		}
	}
	return kept
}

// upwards turns the categories around: bars are drawn from below.
func upwards(c cards.Chart) cards.Chart {
	c.Categories, c.Series = slices.Clone(c.Categories), slices.Clone(c.Series)
	slices.Reverse(c.Categories)
	for i := range c.Series {
		c.Series[i].Values = slices.Clone(c.Series[i].Values)
		slices.Reverse(c.Series[i].Values)
	}
	return c
}

func bars(p *charts.Painter, c cards.Chart, names []string, values [][]float64) error {
	opt := charts.NewBarChartOptionWithData(values)
	opt.Theme, opt.Title, opt.Legend, opt.Padding, opt.ValueFormatter = theme(), title(c), legend(names), charts.NewBox(24, 24, 96, 24), figure
	opt.Horizontal = true // room for the names
	opt.CategoryAxis.Labels, opt.CategoryAxis.LabelCount, opt.CategoryAxis.LabelFontStyle = c.Categories, len(c.Categories), charts.FontStyle{FontSize: textSize}
	opt.ValueAxis = []charts.ValueAxisOption{{Min: charts.Ptr(0.0), LabelFontStyle: charts.FontStyle{FontSize: textSize}}}
	if c.Unit == "%" {
		opt.ValueAxis[0].Max, opt.ValueAxis[0].LabelCount = charts.Ptr(100.0), 5
	}
	for i := range opt.SeriesList {
		opt.SeriesList[i].Label = charts.SeriesLabel{Show: charts.Ptr(true), ValueFormatter: figure, FontStyle: charts.FontStyle{FontSize: textSize}}
	}
	return p.BarChart(opt)
}

func lines(p *charts.Painter, c cards.Chart, names []string, values [][]float64) error {
	opt := charts.NewLineChartOptionWithData(values)
	opt.Theme, opt.Title, opt.Legend, opt.Padding, opt.LineStrokeWidth, opt.ValueFormatter = theme(), title(c), legend(names), charts.NewBoxEqual(24), 4, figure
	opt.XAxis.Labels, opt.XAxis.LabelCount, opt.XAxis.LabelFontStyle = some(c.Categories), len(c.Categories), charts.FontStyle{FontSize: textSize}
	for i := range opt.YAxis {
		opt.YAxis[i].LabelFontStyle = charts.FontStyle{FontSize: textSize}
	}
	marks := []charts.SymbolShape{charts.SymbolCircle, charts.SymbolSquare, charts.SymbolDiamond, charts.SymbolDot}
	for i := range opt.SeriesList {
		opt.SeriesList[i].Symbol = charts.Symbol{Shape: marks[i%len(marks)], Size: 8}
	}
	return p.LineChart(opt)
}
