package cards

import (
	"math"
	"strconv"

	"github.com/slack-go/slack"
)

// Slack's limits of charts, in characters and numbers.
const (
	maxChartTitle  = 50
	maxChartLabel  = 20
	maxChartSeries = 6
	maxChartPoints = 20
)

// plot is one chart: a value of every series in every category. Other numbers of values than categories draw nothing.
type plot struct {
	title      plain
	unit       plain // beside the axis
	bars       bool  // else lines
	categories []plain
	series     []plotted
}

type plotted struct {
	name   plain
	values []float64
}

// chart adds a chart. Readers who can't see it have the same numbers in a table above it.
func (s *sheet) chart(p plot) {
	categories := p.categories[:min(len(p.categories), maxChartPoints)]
	labels := labelsOf(categories)
	var names []plain
	var series []plotted
	for _, one := range p.series[:min(len(p.series), maxChartSeries)] {
		if len(one.values) == len(p.categories) && finite(one.values) {
			names, series = append(names, one.name), append(series, one)
		}
	}
	if len(labels) == 0 || len(series) == 0 || p.title == "" {
		return
	}
	var drawn []slack.DataVisualizationDataSeries
	for i, name := range labelsOf(names) {
		points := make([]slack.DataVisualizationDataPoint, len(labels))
		for j, label := range labels {
			points[j] = slack.NewDataVisualizationDataPoint(label, series[i].values[j])
		}
		drawn = append(drawn, slack.NewDataVisualizationDataSeries(name, points...))
	}
	axes := slack.NewDataVisualizationAxisConfig(labels...)
	axes.YLabel = shorten(string(p.unit), maxChartTitle, oneRune)
	var body slack.DataVisualizationChart = slack.NewDataVisualizationLineChart(axes, drawn...)
	if p.bars {
		body = slack.NewDataVisualizationBarChart(axes, drawn...)
	}
	s.add(slack.DataVisualizationBlock{
		Type: slack.MBTDataVisualization, BlockID: s.blockID("chart"), Title: shorten(string(p.title), maxChartTitle, oneRune), Chart: body,
	})
}

func finite(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// labelsOf shortens names to labels that differ, as a chart needs them.
func labelsOf(names []plain) []string {
	seen := map[string]bool{}
	labels := make([]string, len(names))
	for i, name := range names {
		label := shorten(string(orUnknown(name)), maxChartLabel, oneRune)
		for n := 2; seen[label]; n++ {
			end := " " + strconv.Itoa(n)
			label = shorten(string(orUnknown(name)), maxChartLabel-len(end), oneRune) + end
		}
		seen[label], labels[i] = true, label
	}
	return labels
}
