package blockkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The canvas of a chart in SVG units, and the room around its plot.
const (
	chartWidth, pieHeight     = 640.0, 280.0
	plotLeft, plotRight       = 56.0, 16.0
	plotHeight                = 200.0
	plotTop, lineHeight       = 12.0, 22.0
	pieX, pieY, pieRadius     = 150.0, 140.0, 112.0
	maxTicks                  = 4
	maxPoints                 = 500
	labelLength, legendLength = 12, 28
)

// chartData is the JSON of a data_visualization block's chart.
type chartData struct {
	Type     string `json:"type"`
	Segments []struct {
		Label string  `json:"label"`
		Value float64 `json:"value"`
	} `json:"segments"`
	Series []struct {
		Name string `json:"name"`
		Data []struct {
			Label string  `json:"label"`
			Value float64 `json:"value"`
		} `json:"data"`
	} `json:"series"`
	Axis struct {
		Categories []string `json:"categories"`
		XLabel     string   `json:"x_label"`
		YLabel     string   `json:"y_label"`
	} `json:"axis_config"`
}

// chart is what the template draws: shapes with a series number for their colour, labels, and the same data as a table.
type chart struct {
	Kind           string
	Width, Height  float64
	Paths          []shape
	Bars           []bar
	Labels         []label
	Grid           []gridLine
	Legend         []legendEntry
	Columns        []string
	Rows           [][]string
	XLabel, YLabel string
	Bottom, Middle float64
}

type shape struct {
	Series int
	Path   string
	Fill   bool
}

type bar struct {
	Series              int
	X, Y, Width, Height float64
	Title               string
}

type label struct {
	X, Y float64
	Text string
}

type gridLine struct {
	Y, From, To float64
	Text        string
}

type legendEntry struct {
	Series int
	X, Y   float64
	Text   string
}

// Plot lays the node's chart out.
func (n Node) Plot() (chart, error) {
	var data chartData
	if err := json.Unmarshal(n.Chart, &data); err != nil {
		return chart{}, fmt.Errorf("read chart: %w", err)
	}
	switch data.Type {
	case "pie":
		return pie(data)
	case "bar", "line", "area":
		return plot(data)
	}
	return chart{}, fmt.Errorf("no chart of type %q", data.Type)
}

func pie(data chartData) (chart, error) {
	total := 0.0
	for _, segment := range data.Segments {
		if segment.Value < 0 {
			return chart{}, errors.New("a segment is negative")
		}
		total += segment.Value
	}
	if total == 0 || len(data.Segments) > maxPoints || math.IsInf(total, 0) {
		return chart{}, errors.New("nothing to draw")
	}
	out := chart{Kind: "pie", Width: chartWidth, Height: pieHeight, Columns: []string{"", "Value", "Share"}}
	angle := -math.Pi / 2
	for i, segment := range data.Segments {
		share := segment.Value / total
		out.Paths = append(out.Paths, shape{Series: i, Path: slice(angle, share*2*math.Pi), Fill: true})
		angle += share * 2 * math.Pi
		percent := strconv.FormatFloat(share*100, 'f', 0, 64) + " %"
		out.Legend = append(out.Legend, legendEntry{i, 320, 60 + float64(i)*30, shorten(segment.Label, legendLength) + "  " + percent})
		out.Rows = append(out.Rows, []string{segment.Label, number(segment.Value), percent})
	}
	return out, nil
}

// slice is the outline of a piece of the pie.
func slice(from, sweep float64) string {
	if sweep > 2*math.Pi-0.001 {
		return fmt.Sprintf("M%.1f %.1fa%[3]g %[3]g 0 1 1 0 %[4]gA%[3]g %[3]g 0 1 1 %.1[1]f %.1[2]fZ",
			pieX, pieY-pieRadius, pieRadius, 2*pieRadius)
	}
	large := 0
	if sweep > math.Pi {
		large = 1
	}
	return fmt.Sprintf("M%g %gL%.2f %.2fA%g %g 0 %d 1 %.2f %.2fZ", pieX, pieY,
		pieX+pieRadius*math.Cos(from), pieY+pieRadius*math.Sin(from), pieRadius, pieRadius, large,
		pieX+pieRadius*math.Cos(from+sweep), pieY+pieRadius*math.Sin(from+sweep))
}

func plot(data chartData) (chart, error) {
	categories := data.Axis.Categories
	low, high, points := 0.0, 0.0, 0
	for _, series := range data.Series {
		for _, point := range series.Data {
			low, high = min(low, point.Value), max(high, point.Value)
			points++
		}
		if len(series.Data) > len(categories) {
			return chart{}, errors.New("a series has more points than the axis has categories")
		}
	}
	if points == 0 || points > maxPoints || math.IsInf(high-low, 0) {
		return chart{}, errors.New("nothing to draw")
	}
	step := tick(high - low)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	if high == low {
		high = low + step
	}
	out := chart{
		Kind: data.Type, Width: chartWidth, XLabel: data.Axis.XLabel, YLabel: data.Axis.YLabel,
		Middle: (plotLeft + chartWidth - plotRight) / 2, Columns: []string{data.Axis.XLabel},
	}
	floor := plotTop + plotHeight
	if out.YLabel != "" {
		floor += lineHeight
	}
	out.Height = floor + lineHeight
	if len(data.Series) > 1 {
		out.Height += lineHeight
	}
	legendY := out.Height - 12
	if out.XLabel != "" {
		out.Height += lineHeight
	}
	out.Bottom = out.Height - 6
	y := func(value float64) float64 { return floor - (value-low)/(high-low)*plotHeight }
	for value := low; value <= high+step/2; value += step {
		out.Grid = append(out.Grid, gridLine{y(value), plotLeft, chartWidth - plotRight, number(value)})
	}
	slot := (chartWidth - plotLeft - plotRight) / float64(len(categories))
	every := (len(categories) + 9) / 10
	for i, category := range categories {
		out.Rows = append(out.Rows, []string{category})
		if i%every == 0 {
			out.Labels = append(out.Labels, label{plotLeft + (float64(i)+0.5)*slot, floor + 18, shorten(category, labelLength)})
		}
	}
	for s, series := range data.Series {
		out.Columns = append(out.Columns, series.Name)
		if len(data.Series) > 1 {
			out.Legend = append(out.Legend, legendEntry{s, plotLeft + float64(s)*95, legendY, shorten(series.Name, labelLength)})
		}
		var line []string
		for i, point := range series.Data {
			out.Rows[i] = append(out.Rows[i], number(point.Value))
			x := plotLeft + (float64(i)+0.5)*slot
			line = append(line, fmt.Sprintf("%.2f %.2f", x, y(point.Value)))
			if data.Type == "bar" {
				width := slot * 0.7 / float64(len(data.Series))
				top, bottom := y(max(point.Value, 0)), y(min(point.Value, 0))
				out.Bars = append(out.Bars, bar{
					s, x - slot*0.35 + float64(s)*width, top, max(width-2, 1), max(bottom-top, 1),
					series.Name + ", " + categories[i] + ": " + number(point.Value),
				})
			}
		}
		if data.Type == "bar" || len(line) == 0 {
			continue
		}
		path := "M" + strings.Join(line, "L")
		if data.Type == "area" {
			base := y(max(low, 0))
			first := plotLeft + 0.5*slot
			last := plotLeft + (float64(len(line))-0.5)*slot
			out.Paths = append(out.Paths, shape{s, path + fmt.Sprintf("L%.2f %.2fL%.2f %.2fZ", last, base, first, base), true})
		}
		out.Paths = append(out.Paths, shape{s, path, false})
	}
	return out, nil
}

// tick is a round distance between grid lines.
func tick(span float64) float64 {
	if span <= 0 {
		return 1
	}
	size := math.Pow(10, math.Floor(math.Log10(span/maxTicks)))
	for _, factor := range []float64{1, 2, 2.5, 5, 10} {
		if span/(size*factor) <= maxTicks {
			return size * factor
		}
	}
	return size * 10
}

// number is short and exact enough for an axis: 1.2k, 3.5M.
func number(value float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "B"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(value) >= unit.size {
			size := unit.size
			if unit.name == "k" {
				size = 1e3
			}
			return strconv.FormatFloat(math.Round(value/size*100)/100, 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
}

func shorten(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length-1]) + "…"
	}
	return text
}
