package blockkit

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateToken matches the parts of Slack's date format that stand for something: {date_short}, {time} and so on.
var dateToken = regexp.MustCompile(`\{[a-z_]+\}`)

// dateFormats are the tokens without a pretty or relative reading.
var dateFormats = map[string]string{
	"{date_num}":   "2006-01-02",
	"{date_short}": "Jan 2, 2006",
	"{time}":       "15:04",
	"{time_secs}":  "15:04:05",
}

// dateHTML draws a date in the reader's zone. A moment that no calendar holds shows the fallback.
func (d *drawing) dateHTML(unix int64, format, address, fallback string) template.HTML {
	if unix < -62135596800 || unix > 253402300799 {
		return escaped(fallback)
	}
	at := time.Unix(unix, 0).In(d.reader.location())
	text := dateToken.ReplaceAllStringFunc(format, func(token string) string { return d.dateToken(at, token) })
	html := fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		at.Format(time.RFC3339), escape(at.Format("Monday, 2 January 2006 at 15:04 MST")), escape(text))
	return link(address, html)
}

func (d *drawing) dateToken(at time.Time, token string) string {
	if format, ok := dateFormats[token]; ok {
		return at.Format(format)
	}
	long := at.Format("January ") + ordinal(at.Day()) + at.Format(", 2006")
	switch base, pretty := strings.CutSuffix(strings.Trim(token, "{}"), "_pretty"); base {
	case "date", "date_long", "date_short":
		if word := d.dayWord(at); pretty && word != "" {
			return word
		}
		return map[string]string{
			"date": long, "date_long": at.Format("Monday, ") + long, "date_short": at.Format("Jan 2, 2006"),
		}[base]
	case "ago":
		return ago(d.reader.Now.Sub(at))
	}
	return token
}

// dayWord is "today" and its neighbours, or "".
func (d *drawing) dayWord(at time.Time) string {
	now := d.reader.Now.In(at.Location())
	for days, word := range map[int]string{-1: "yesterday", 0: "today", 1: "tomorrow"} {
		year, month, day := now.AddDate(0, 0, days).Date()
		if y, m, d := at.Date(); y == year && m == month && d == day {
			return word
		}
	}
	return ""
}

// ago says how long since, or how long until, in one unit.
func ago(since time.Duration) string {
	past := since >= 0
	since = since.Abs()
	amount, unit := int(math.Round(since.Seconds())), "second"
	for _, step := range []struct {
		length time.Duration
		name   string
	}{{time.Minute, "minute"}, {time.Hour, "hour"}, {24 * time.Hour, "day"}} {
		if since >= step.length {
			amount, unit = int(since/step.length), step.name
		}
	}
	if amount != 1 {
		unit += "s"
	}
	if past {
		return strconv.Itoa(amount) + " " + unit + " ago"
	}
	return "in " + strconv.Itoa(amount) + " " + unit
}

func ordinal(day int) string {
	suffix := "th"
	if day < 11 || day > 13 {
		switch day % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(day) + suffix
}
