package cards

import (
	"math"
	"strconv"
	"strings"
	"time"

	"journeybot/alerts"
)

// maxStatsRows bounds each table of the statistics.
const maxStatsRows = 15

// Stats draws `/journey stats`: how fast alerts are taken and resolved, by window, channel and owner.
func Stats(s Style, st alerts.Stats) Drawing {
	m := newSheet()
	title := join(" ", "Alerts of the last "+days(st.Days), statsOf(st))
	m.header("stats", title)
	total := st.Total
	m.section("total", control{}, esc(capital(sentenceOf(total))))
	windows := append(make([][]plain, 0, 1+len(st.Windows)), statsHead("Opened in the last"))
	for _, w := range st.Windows {
		windows = append(windows, statsRow(days(w.Days), w.Tally))
	}
	m.section("windows", control{}, code(table(windows)))
	if st.Filter.Channel == "" {
		s.statsTable(m, "channels", "By channel", st.Channels, func(t alerts.Tally) plain { return orUnknown(outside(t.Name, termWidth)) })
	}
	if st.Filter.Owner == "" {
		s.statsTable(m, "owners", "By owner", st.Owners, func(t alerts.Tally) plain {
			if t.Name == "" {
				return "nobody"
			}
			return person(alerts.View{People: st.People}, t.Name)
		})
	}
	m.chart(statsPlot(st))
	m.context("note", "Times count from when an alert could be seen: a hold counts against nobody. Slowest tenth: nine of ten were faster.")
	var row []control
	for _, n := range []int{7, 30, 90} {
		if n != st.Days {
			row = append(row, button(ActionRun, "Last "+days(n), strings.TrimSpace("stats "+strconv.Itoa(n)+"d "+statsWords(st.Filter))))
		}
	}
	m.row("do", append(row, button(ActionRun, "Routes", "stats routes "+strconv.Itoa(st.Days)+"d"))...)
	return m.drawing(esc(stop(title) + " " + capital(sentenceOf(total))))
}

// statsWords are the words of the command that ask for the same alerts again.
func statsWords(f alerts.StatsFilter) string {
	var words []string
	if f.Channel != "" {
		words = append(words, string(f.Channel))
	}
	if f.Owner != "" {
		words = append(words, "<@"+f.Owner+">")
	}
	return strings.Join(words, " ")
}

func statsOf(st alerts.Stats) plain {
	var of plain
	if st.Filter.Channel != "" {
		of = "in " + outside(string(st.Filter.Channel), termWidth)
	}
	if st.Filter.Owner != "" {
		of = join(" ", of, "of "+person(alerts.View{People: st.People}, st.Filter.Owner))
	}
	return of
}

// sentenceOf tells a total in words.
func sentenceOf(t alerts.Tally) plain {
	if t.Opened == 0 {
		return "no alert opened in this time."
	}
	text := count(t.Opened, "alert opened", "alerts opened") + ", " + share(t.Acknowledged, t.Opened) + " acknowledged"
	if t.AckMedian >= 0 {
		text += " in " + span(t.AckMedian) + " (median)"
		if t.AckSlow >= time.Minute {
			text += ", the slowest tenth in " + span(t.AckSlow) + " or more"
		}
	}
	text += "; " + share(t.Resolved, t.Opened) + " resolved by a person"
	if t.ResolveMedian >= 0 {
		text += " in " + span(t.ResolveMedian)
	}
	if t.Held > 0 {
		text += "; " + number(float64(t.Held)) + " still held"
	}
	return text + "."
}

func share(n, of int) plain {
	if of == 0 {
		return unknown
	}
	return number(math.Floor(float64(n)/float64(of)*100)) + " %"
}

func statsHead(name plain) []plain {
	return []plain{name, "alerts", "acked", "median", "slow 10%", "resolved", "median", "slow 10%"}
}

func statsRow(name plain, t alerts.Tally) []plain {
	return []plain{
		plain(shorten(string(name), 20, oneRune)), number(float64(t.Opened)), share(t.Acknowledged, t.Opened), took(t.AckMedian), took(t.AckSlow),
		share(t.Resolved, t.Opened), took(t.ResolveMedian), took(t.ResolveSlow),
	}
}

// took writes a measured time, short enough for a column.
func took(d time.Duration) plain {
	switch {
	case d < 0:
		return "–"
	case d < time.Minute:
		return "<1 min"
	}
	return span(d)
}

func (s Style) statsTable(m *sheet, id string, title plain, tallies []alerts.Tally, name func(alerts.Tally) plain) {
	if len(tallies) == 0 {
		return
	}
	rows := [][]plain{statsHead(title)}
	for _, t := range tallies[:min(len(tallies), maxStatsRows)] {
		rows = append(rows, statsRow(name(t), t))
	}
	lines := table(rows)
	if hidden := len(tallies) - maxStatsRows; hidden > 0 {
		lines = append(lines, "and "+number(float64(hidden))+" more")
	}
	for _, part := range codes(lines) {
		m.section(id, control{}, part)
	}
}

// statsPlot compares the channels' times to acknowledge, or of a single channel the windows.
func statsPlot(st alerts.Stats) plot {
	p := plot{title: "Hours to acknowledge", unit: "hours", bars: true, series: []plotted{{name: "median"}, {name: "slow 10%"}}}
	add := func(name plain, t alerts.Tally) {
		if t.AckMedian >= 0 && len(p.categories) < maxChartPoints {
			p.categories = append(p.categories, name)
			p.series[0].values = append(p.series[0].values, hours(t.AckMedian))
			p.series[1].values = append(p.series[1].values, hours(t.AckSlow))
		}
	}
	if st.Filter.Channel == "" && len(st.Channels) > 1 {
		for _, t := range st.Channels {
			add(orUnknown(outside(t.Name, termWidth)), t)
		}
		return p
	}
	for _, w := range st.Windows {
		add("last "+days(w.Days), w.Tally)
	}
	return p
}

func hours(d time.Duration) float64 { return math.Round(d.Hours()*100) / 100 }

// Routes draws `/journey stats routes`: how many alerts each route took. Routes that took none are named too.
func Routes(s Style, st alerts.Stats) Drawing {
	m := newSheet()
	title := "Routes in the last " + days(st.Days)
	m.header("routes", title)
	taken := map[string]int{}
	for _, r := range st.Routes {
		taken[r.Route] = r.Taken
	}
	rows := [][]plain{{"Route", "alerts"}}
	var idle []plain
	listed := map[string]bool{}
	add := func(name string) {
		if listed[name] || len(rows) > 40 {
			return
		}
		listed[name] = true
		if taken[name] == 0 {
			idle = append(idle, outside(name, termWidth))
			return
		}
		rows = append(rows, []plain{outside(name, termWidth), number(float64(taken[name]))})
	}
	for _, r := range st.Routes {
		add(r.Route)
	}
	if s.Rules != nil {
		for _, r := range s.Rules.Routes {
			add(r.Name)
		}
	}
	if len(rows) == 1 {
		m.section("none", control{}, "No route took an alert in this time.")
	}
	for _, part := range codes(table(rows)) {
		m.section("routes", control{}, part)
	}
	if len(idle) > 0 {
		m.context("idle", "Took none: "+esc(enough(idle, 20, ", ", func(_ int, name plain) plain { return name })))
	}
	m.context("note", "An alert counts for every route that it matched on its way, since the day each route first took one.")
	return m.drawing(esc(stop(title) + " " + enough(st.Routes, 5, "; ", func(_ int, r alerts.RouteCount) plain {
		return outside(r.Route, termWidth) + " " + number(float64(r.Taken))
	})))
}
