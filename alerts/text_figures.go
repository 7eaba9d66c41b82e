package alerts

import (
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// figures are the functions that read KPIs, which a card does not load.
var figures = map[string]bool{"kpi": true, "sparkline": true}

// AsksFigures reports whether the text names KPIs: it can only be filled in where they are loaded.
func (t *Text) AsksFigures() bool { return t != nil && t.figures }

func (v View) series(name string) journey.Series {
	i := slices.IndexFunc(v.KPIs, func(s journey.Series) bool { return s.Name == name })
	if i < 0 {
		return journey.Series{}
	}
	return v.KPIs[i]
}

// figure is the newest value of a KPI; nil when none is known.
func (v View) figure(name string) *float64 {
	points := v.series(name).Points
	if len(points) == 0 {
		return nil
	}
	return new(points[len(points)-1].Value)
}

// daysAt is how many calendar days lie between two times; nil when one of them is not known.
func (r *Rules) daysAt(from, to time.Time) *int64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	return new(int64(-journey.DayOf(r.local(from)).Until(r.local(to))))
}

// ago writes when something is as people say it: "41 days ago", "today", "in 88 days".
func (r *Rules) ago(v any, now time.Time) string {
	var days *int64
	switch v := v.(type) {
	case journey.Day:
		if v.Known() {
			days = r.daysAt(v.In(r.zone()), now)
		}
	case *time.Time:
		if v != nil {
			days = r.daysAt(*v, now)
		}
	}
	switch {
	case days == nil:
		return r.date(v)
	case *days == 0:
		return "today"
	case *days == 1:
		return "yesterday"
	case *days == -1:
		return "tomorrow"
	case *days < 0:
		return "in " + plural(int(-*days), "day", "days")
	}
	return plural(int(*days), "day", "days") + " ago"
}

// firstName is how a person is spoken to.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	if first == "" {
		return "there"
	}
	return first
}
