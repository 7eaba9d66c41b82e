package cards

import (
	"math"
	"slices"
	"strconv"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// maxKPIRows bounds the table of `/journey acme kpis`.
const maxKPIRows = 30

// KPIs draws `/journey acme kpis`: every KPI as a table, and those with a history as a chart.
func KPIs(s Style, h alerts.KPIHistory) Drawing {
	h.Account = s.shown(alerts.View{Account: h.Account}).Account
	if s.Guarded {
		h.KPIs = slices.DeleteFunc(slices.Clone(h.KPIs), func(k journey.Series) bool { return monetary(k.Name) })
	}
	m := newSheet()
	title := outside(h.Account.Title(), nameWidth) + ": KPIs of the last " + days(h.Days)
	m.header("kpis", title)
	rows := [][]plain{{"KPI", "now", "change", "lowest", "highest", "as of"}}
	var spoken []plain
	shown := 0
	for _, series := range h.KPIs {
		if len(series.Points) == 0 || shown == maxKPIRows {
			continue
		}
		shown++
		row := s.kpiRow(series)
		rows = append(rows, row)
		if len(spoken) < maxLiveRows {
			spoken = append(spoken, join(" ", row[0], row[1], row[2]))
		}
	}
	if shown == 0 {
		m.section("none", control{}, "No KPI was reported in this time.")
	} else {
		lines := table(rows)
		if hidden := len(h.KPIs) - shown; hidden > 0 {
			lines = append(lines, "and "+number(float64(hidden))+" more")
		}
		for _, part := range codes(lines) {
			m.section("table", control{}, part)
		}
		m.chart(s.kpiPlot(h))
	}
	var row []control
	for _, n := range []int{30, 90, 365} {
		if n != h.Days {
			row = append(row, button(ActionView, "Last "+days(n), "kpis "+strconv.Itoa(n)+"d:"+h.Account.ID))
		}
	}
	m.row("do", append(row, button(ActionAccount, "Account", h.Account.ID))...)
	return m.drawing(esc(join(" ", stop(title), stopped(join("; ", spoken...)))))
}

// stopped is stop for what may be empty.
func stopped(p plain) plain {
	if p == "" {
		return "None was reported."
	}
	return stop(p)
}

func (s Style) kpiRow(series journey.Series) []plain {
	points := series.Points
	low, high := points[0].Value, points[0].Value
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	last := points[len(points)-1]
	name := plain(shorten(string(capital(words(series.Name))), 24, oneRune))
	return []plain{name, number(last.Value), kpiChange(points), number(low), number(high), s.dateOf(last.At)}
}

// kpiPlot draws the KPIs with the longest history in up to 20 equal spans. One KPI is drawn as it is; several are drawn in percent
// of where they began, because their scales differ. It starts when all of them are known, so that nothing is made up.
func (s Style) kpiPlot(h alerts.KPIHistory) plot {
	var drawn []journey.Series
	for _, series := range h.KPIs {
		if len(series.Points) > 1 && !slices.ContainsFunc(series.Points, func(p journey.Point) bool { return math.Abs(p.Value) > 1e15 || math.IsNaN(p.Value) }) {
			drawn = append(drawn, series)
		}
	}
	slices.SortStableFunc(drawn, func(a, b journey.Series) int { return len(b.Points) - len(a.Points) })
	if len(drawn) == 0 {
		return plot{}
	}
	longest := drawn[:1]
	if len(drawn) > 1 { // a percentage of a small number means nothing
		drawn = slices.DeleteFunc(slices.Clone(drawn), func(k journey.Series) bool { return k.Points[0].Value < 10 })
	}
	if len(drawn) == 0 {
		drawn = longest
	}
	drawn = slices.DeleteFunc(slices.Clone(drawn), startsLate(drawn))
	drawn = drawn[:min(len(drawn), maxChartSeries)]
	var from, to time.Time
	for _, series := range drawn {
		if first := series.Points[0].At; first.After(from) {
			from = first
		}
		if last := series.Points[len(series.Points)-1].At; last.After(to) {
			to = last
		}
	}
	ends := s.spans(from, to)
	if len(ends) < 2 {
		return plot{}
	}
	p := plot{title: "Since " + s.dateOf(from), unit: capital(words(drawn[0].Name))}
	for _, end := range ends {
		p.categories = append(p.categories, s.dateOf(end))
	}
	if len(drawn) > 1 {
		p.title, p.unit = "Percent of the value on "+s.dateOf(from), "%"
	}
	for _, series := range drawn {
		values := valuesAt(series.Points, ends)
		if len(drawn) > 1 {
			first := valueAt(series.Points, from)
			for i := range values {
				values[i] = math.Round(values[i]/first*1000) / 10
			}
		}
		p.series = append(p.series, plotted{name: capital(words(series.Name)), values: values})
	}
	return p
}

// startsLate tells the KPIs that are not known from the first quarter of the time on that all of them cover: one of them would cut
// off the others.
func startsLate(all []journey.Series) func(journey.Series) bool {
	first, last := all[0].Points[0].At, all[0].Points[0].At
	for _, series := range all {
		for _, p := range series.Points {
			if p.At.Before(first) {
				first = p.At
			}
			if p.At.After(last) {
				last = p.At
			}
		}
	}
	return func(k journey.Series) bool { return k.Points[0].At.After(first.Add(last.Sub(first) / 4)) }
}

// spans cuts a time into at most 20 equal parts of whole days; it returns their ends, each on a day of its own.
func (s Style) spans(from, to time.Time) []time.Time {
	const day = 24 * time.Hour
	total := int(to.Sub(from)/day) + 1
	parts := min(total, maxChartPoints)
	if parts < 2 || total > 10*maxDaysDrawn {
		return nil
	}
	ends := make([]time.Time, 0, parts)
	seen := map[plain]bool{}
	for i := range parts {
		end := from.Add(time.Duration(float64(to.Sub(from)) * float64(i) / float64(parts-1)))
		if label := s.dateOf(end); !seen[label] {
			seen[label] = true
			ends = append(ends, end)
		}
	}
	return ends
}

// maxDaysDrawn is the longest time that is asked for.
const maxDaysDrawn = 366

func valuesAt(points []journey.Point, ends []time.Time) []float64 {
	values := make([]float64, len(ends))
	for i, end := range ends {
		values[i] = valueAt(points, end)
	}
	return values
}

// valueAt is the last value known at a time.
func valueAt(points []journey.Point, at time.Time) float64 {
	value := points[0].Value
	for _, p := range points {
		if p.At.After(at) {
			break
		}
		value = p.Value
	}
	return value
}

// table aligns rows in columns: the first to the left, the others to the right. The first row names them.
func table(rows [][]plain) []plain {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], runes(cell))
		}
	}
	lines := make([]plain, len(rows))
	for n, row := range rows {
		for i, cell := range row {
			gap := blanks(widths[i] - runes(cell))
			switch i {
			case 0:
				lines[n] = cell + gap
			default:
				lines[n] += "  " + gap + cell
			}
		}
	}
	return lines
}

// codes fills code blocks with as many whole lines as fit a section.
func codes(lines []plain) []mrkdwn {
	var parts []mrkdwn
	var block []plain
	for _, line := range lines {
		if len(block) > 0 && characters(string(code(append(block, line)))) > maxSection {
			parts, block = append(parts, code(block)), nil
		}
		block = append(block, line)
	}
	if len(block) == 0 {
		return parts
	}
	return append(parts, code(block))
}
