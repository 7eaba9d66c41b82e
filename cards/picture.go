package cards

import (
	"cmp"
	"strconv"

	"github.com/slack-go/slack"
)

// Chart is what a chart of a Drawing shows: a value of every series in every category.
type Chart struct {
	Title      string
	Unit       string // beside the axis; "" for none
	Bars       bool   // else lines
	Categories []string
	Series     []ChartSeries
}

// ChartSeries is one line of a chart, or one bar in each of its groups.
type ChartSeries struct {
	Name   string
	Values []float64
}

// Pictured is the drawing with a picture in place of every chart, for workspaces that can't show Slack's own. upload makes the picture
// and returns its file's id in Slack; where it returns "", the chart is left out and the message says so.
func (d Drawing) Pictured(upload func(c Chart, alt string) (fileID string)) Drawing {
	blocks := make([]slack.Block, 0, len(d.Blocks))
	for _, block := range d.Blocks {
		drawn, is := block.(slack.DataVisualizationBlock)
		if !is {
			blocks = append(blocks, block)
			continue
		}
		c := chartOf(drawn)
		alt := c.inWords()
		if id := upload(c, alt); id != "" {
			title := plainText(plain(c.Title), maxHeader)
			blocks = append(blocks, slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: id}, alt, drawn.BlockID, title))
			continue
		}
		blocks = append(blocks, slack.NewContextBlock(drawn.BlockID, markdown("The chart could not be drawn; its numbers are in the table.")))
	}
	d.Blocks = blocks
	return d
}

func chartOf(b slack.DataVisualizationBlock) Chart {
	c := Chart{Title: b.Title}
	fill := func(axes slack.DataVisualizationAxisConfig, series []slack.DataVisualizationDataSeries) {
		c.Unit, c.Categories = axes.YLabel, axes.Categories
		for _, one := range series {
			values := make([]float64, len(one.Data))
			for i, point := range one.Data {
				values[i] = point.Value
			}
			c.Series = append(c.Series, ChartSeries{Name: one.Name, Values: values})
		}
	}
	switch chart := b.Chart.(type) {
	case *slack.DataVisualizationBarChart:
		c.Bars = true
		fill(chart.AxisConfig, chart.Series)
	case *slack.DataVisualizationLineChart:
		fill(chart.AxisConfig, chart.Series)
	}
	return c
}

// inWords says what the chart shows to those who can't see it, within the 1,000 characters that Slack takes.
func (c Chart) inWords() string {
	kind := "Line chart: "
	if c.Bars {
		kind = "Bar chart: "
	}
	text := kind + c.Title + "."
	for _, s := range c.Series {
		text += " " + s.Name + ":"
		for i, v := range s.Values {
			if c.Bars || i == 0 || i == len(s.Values)-1 {
				text += " " + c.Categories[i] + " " + strconv.FormatFloat(v, 'f', -1, 64) + map[bool]string{true: " %"}[c.Unit == "%"] + ","
			}
		}
		text = text[:len(text)-1] + "."
	}
	return cmp.Or(shorten(text, 1000, oneRune), "Chart")
}
