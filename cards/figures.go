package cards

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"journeybot/journey"
)

const unknown plain = "unknown"

// number writes a value with thousands separators and at most two decimals.
func number(f float64) plain {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return unknown
	}
	if math.Abs(f) >= 1e15 {
		return plain(strconv.FormatFloat(f, 'g', 3, 64))
	}
	text := strconv.FormatFloat(math.Abs(f), 'f', 2, 64)
	whole, decimals, _ := strings.Cut(text, ".")
	decimals = strings.TrimRight(decimals, "0")
	grouped := thousands(whole)
	if decimals != "" {
		grouped += "." + decimals
	}
	if f < 0 && grouped != "0" {
		grouped = "−" + grouped
	}
	return plain(grouped)
}

func thousands(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// score writes a score as a whole number, which is as exact as scores are.
func score(f *float64) plain {
	if f == nil {
		return unknown
	}
	return number(math.Round(*f))
}

var currencySigns = map[string]plain{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}

func (s Style) sign() plain {
	if s.Rules == nil || s.Rules.Currency == "" {
		return ""
	}
	if sign, ok := currencySigns[s.Rules.Currency]; ok {
		return sign
	}
	return outside(s.Rules.Currency, 5) + " "
}

// money writes an amount of cents in whole units: €84,000.
func (s Style) money(cents *int64) plain {
	if s.Guarded {
		return "an amount"
	}
	if cents == nil {
		return unknown
	}
	return s.signed(*cents, number(math.Round(math.Abs(float64(*cents))/100)))
}

// shortMoney writes an amount of cents for lists: €9,600, €84k, €1.2M.
func (s Style) shortMoney(cents *int64) plain {
	if s.Guarded {
		return "an amount"
	}
	if cents == nil {
		return unknown
	}
	units := math.Abs(float64(*cents)) / 100
	switch {
	case units >= 999_500:
		return s.signed(*cents, number(math.Round(units/100_000)/10)+"M")
	case units >= 10_000:
		return s.signed(*cents, number(math.Round(units/1000))+"k")
	}
	return s.signed(*cents, number(math.Round(units)))
}

func (s Style) signed(cents int64, amount plain) plain {
	if cents < 0 {
		return "−" + s.sign() + amount
	}
	return s.sign() + amount
}

// arr writes the revenue of an account.
func (s Style) arr(cents *int64) plain {
	if s.Guarded {
		return ""
	}
	if cents == nil {
		return "ARR unknown"
	}
	return s.money(cents) + " ARR"
}

// count writes "1 day" or "3 days".
func count(n int, one, many plain) plain {
	if n == 1 {
		return "1 " + one
	}
	return number(float64(n)) + " " + many
}

func days(n int) plain { return count(n, "day", "days") }

// span writes how long something took, in its largest unit.
func span(d time.Duration) plain {
	switch {
	case d < time.Minute:
		return "less than 1 min"
	case d < time.Hour:
		return plain(strconv.Itoa(int(d/time.Minute))) + " min"
	case d < 48*time.Hour && d != 24*time.Hour:
		return plain(strconv.Itoa(int(d/time.Hour))) + " h"
	}
	return days(int(d / (24 * time.Hour)))
}

func (s Style) zone() *time.Location {
	if s.Rules == nil || s.Rules.Zone == nil {
		return time.UTC
	}
	return s.Rules.Zone
}

// daysAgo counts calendar days in the workspace's zone; a time ahead counts as today.
func (s Style) daysAgo(t time.Time) int {
	return max(0, -journey.DayOf(t.In(s.zone())).Until(s.Now.In(s.zone())))
}

// date writes a calendar day, with its year only when that could be another one than the reader thinks.
func (s Style) date(d journey.Day) plain {
	if !d.Known() {
		return unknown
	}
	layout := "2 Jan"
	if away := d.Until(s.Now.In(s.zone())); away > 300 || away < -300 {
		layout = "2 Jan 2006"
	}
	return plain(d.In(time.UTC).Format(layout))
}

func (s Style) dateOf(t time.Time) plain { return s.date(journey.DayOf(t.In(s.zone()))) }

// weekdayOf writes a day that is near enough to think of it by its weekday.
func (s Style) weekdayOf(t time.Time) plain {
	return plain(t.In(s.zone()).Format("Mon ")) + s.dateOf(t)
}

// inDays writes how far a day is: "in 88 days", "today", "3 days ago".
func (s Style) inDays(d journey.Day) plain {
	switch away := d.Until(s.Now.In(s.zone())); {
	case away == 0:
		return "today"
	case away < 0:
		return days(-away) + " ago"
	default:
		return "in " + days(away)
	}
}

// clock writes a moment in the workspace's zone, for texts that can't carry the reader's.
func (s Style) clock(t time.Time) plain {
	return s.weekdayOf(t) + plain(t.In(s.zone()).Format(" 15:04"))
}

// moment writes a moment that Slack shows in the reader's zone.
func (s Style) moment(t time.Time) mrkdwn {
	if t.IsZero() {
		return mrkdwn(unknown)
	}
	return mrkdwn("<!date^" + strconv.FormatInt(t.Unix(), 10) + "^{date_short_pretty} {time}|" + string(s.clock(t)) + ">")
}

// timeOfDay writes a moment of today that Slack shows in the reader's zone.
func (s Style) timeOfDay(t time.Time) mrkdwn {
	return mrkdwn("<!date^" + strconv.FormatInt(t.Unix(), 10) + "^{time}|" + t.In(s.zone()).Format("15:04") + ">")
}

// asOf says how old the facts are, in bold when that is more than a day.
func (s Style) asOf(t time.Time) mrkdwn {
	text := "as of " + s.moment(t)
	if t.IsZero() || s.Now.Sub(t) > 24*time.Hour {
		return bold(text)
	}
	return text
}

// bar draws done of total as boxes, in at most width of them.
func bar(done, total, width int, full, empty plain) plain {
	if total <= 0 {
		return ""
	}
	width = min(width, total)
	filled := min(max(done*width/total, 0), width)
	return plain(strings.Repeat(string(full), filled) + strings.Repeat(string(empty), width-filled))
}

// acronyms are names of measures that are not words.
var acronyms = map[string]string{
	"api": "API", "arr": "ARR", "mrr": "MRR", "nps": "NPS", "csat": "CSAT", "sso": "SSO", "crm": "CRM", "ces": "CES", "qbr": "QBR",
	"smb": "SMB", "dau": "DAU", "wau": "WAU", "mau": "MAU",
}

// words makes a name that a machine chose readable: "api_calls" is "API calls".
func words(name string) plain {
	fields := strings.FieldsFunc(string(outside(name, 60)), func(r rune) bool { return r == '_' || r == '-' || r == ' ' })
	for i, f := range fields {
		if a, ok := acronyms[strings.ToLower(f)]; ok {
			fields[i] = a
		}
	}
	if len(fields) == 0 {
		return unknown
	}
	return plain(strings.Join(fields, " "))
}

// capital starts a sentence with p.
func capital(p plain) plain {
	runes := []rune(p)
	if len(runes) > 0 {
		runes[0] = unicode.ToUpper(runes[0])
	}
	return plain(runes)
}

// uncapital continues a sentence with p, unless it starts with an acronym.
func uncapital(p plain) plain {
	runes := []rune(p)
	if len(runes) > 1 && unicode.IsLower(runes[1]) || len(runes) > 1 && runes[1] == ' ' {
		runes[0] = unicode.ToLower(runes[0])
	}
	return plain(runes)
}

// plural makes the plural of a counted thing named in English; other words stay as they are.
func plural(p plain) plain {
	word := string(p)
	last := word[strings.LastIndexByte(word, ' ')+1:]
	if last == "" || strings.ContainsFunc(last, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return p
	}
	ends := func(suffixes ...string) bool {
		for _, suffix := range suffixes {
			if strings.HasSuffix(last, suffix) {
				return true
			}
		}
		return false
	}
	switch {
	case ends("ch", "sh", "x", "ss"):
		return p + "es"
	case ends("s"):
		return p
	case ends("y") && !ends("ay", "ey", "oy", "uy"):
		return p[:len(p)-1] + "ies"
	}
	return p + "s"
}

// singular makes one of a counted thing whose name is an English plural; other words stay as they are.
func singular(p plain) plain {
	for _, ending := range [][2]string{{"ies", "y"}, {"es", ""}, {"s", ""}} {
		one, ok := strings.CutSuffix(string(p), ending[0])
		if one += ending[1]; ok && !strings.HasSuffix(one, "u") && !strings.HasSuffix(one, "i") && plural(plain(one)) == p {
			return plain(one)
		}
	}
	return p
}
