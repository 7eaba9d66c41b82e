package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"journeybot/journey"
)

// Limits of single values: what ends in an index stays short, prose may be long, and a number must be one that somebody could mean.
const (
	maxName   = 500
	maxURL    = 2000
	maxProse  = 20_000
	maxNumber = 1e15
	maxItems  = 1000
)

// fields reads the members of one JSON object and collects what is wrong, each with its path. Members that nobody
// asks for are ignored; null means absent.
type fields struct {
	path     string
	values   map[string]any
	zone     *time.Location // in which a day without a time begins
	problems *[]string
}

func (f fields) child(name string, values map[string]any) fields {
	return fields{path: f.path + name, values: values, zone: f.zone, problems: f.problems}
}

func (f fields) wrong(name, format string, args ...any) {
	*f.problems = append(*f.problems, f.path+"."+name+fmt.Sprintf(format, args...))
}

func (f fields) wrongKind(name string, value any, what string) {
	f.wrong(name, ": %s is not %s", quoteJSON(value), what)
}

// get returns a member, and complains about a missing one when it is required.
func (f fields) get(name string, required bool) (any, bool) {
	value := f.values[name]
	if value == nil && required {
		f.wrong(name, " is missing")
	}
	return value, value != nil
}

func (f fields) textUpTo(name string, most int, required bool) string {
	value, ok := f.get(name, required)
	if !ok {
		return ""
	}
	text, ok := value.(string)
	if !ok {
		f.wrongKind(name, value, "text")
		return ""
	}
	switch text = cleanText(text); {
	case text == "" && required:
		f.wrong(name, " is empty")
	case len(text) > most:
		f.wrong(name, " has %d bytes, more than %d", len(text), most)
	}
	return text
}

func (f fields) text(name string) string  { return f.textUpTo(name, maxName, false) }
func (f fields) prose(name string) string { return f.textUpTo(name, maxProse, false) }
func (f fields) name(name string) string  { return f.textUpTo(name, maxName, true) }

// word is text, or a number as it was written: some senders number what others name.
func (f fields) word(name string, required bool) string {
	if number, ok := f.values[name].(json.Number); ok {
		return string(number)
	}
	return f.textUpTo(name, maxName, required)
}

// oneOf is one of a few words, in any case.
func (f fields) oneOf(name string, required bool, words ...string) string {
	text := strings.ToLower(f.textUpTo(name, maxName, required))
	if text != "" && !slices.Contains(words, text) {
		f.wrong(name, ": %s is not one of %s", quoteJSON(text), strings.Join(words, ", "))
	}
	return text
}

func (f fields) health(name string, required bool) journey.Health {
	return journey.Health(f.oneOf(name, required, string(journey.HealthGreen), string(journey.HealthYellow), string(journey.HealthRed)))
}

// number reads a number between low and high; nil when it is absent or wrong.
func (f fields) number(name string, required bool, low, high float64) *float64 {
	value, ok := f.get(name, required)
	if !ok {
		return nil
	}
	written, ok := value.(json.Number)
	if !ok {
		f.notNumber(name, value)
		return nil
	}
	number, err := strconv.ParseFloat(string(written), 64)
	switch {
	case err != nil || math.Abs(number) > maxNumber:
		f.wrong(name, ": %s is too large", quoteJSON(written))
	case number < low:
		f.wrong(name, ": %s is less than %s", written, formatNumber(low))
	case number > high:
		f.wrong(name, ": %s is more than %s", written, formatNumber(high))
	default:
		return &number
	}
	return nil
}

func (f fields) notNumber(name string, value any) {
	if text, ok := value.(string); ok {
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && strings.ContainsAny(text, "0123456789") {
			f.wrong(name, ": %s is text, not a number: write it without quotes", quoteJSON(value))
			return
		}
	}
	f.wrongKind(name, value, "a number")
}

// needed is number where absence is wrong.
func (f fields) needed(name string, low, high float64) float64 {
	if n := f.number(name, true, low, high); n != nil {
		return *n
	}
	return 0
}

func (f fields) whole(name string, low, high float64) *int64 {
	n := f.number(name, false, low, high)
	if n == nil {
		return nil
	}
	if *n != math.Trunc(*n) {
		f.wrongKind(name, f.values[name], "a whole number")
		return nil
	}
	whole := int64(*n)
	return &whole
}

// cents reads an amount in whole units of the currency.
func (f fields) cents(name string) *int64 {
	n := f.number(name, false, 0, maxNumber)
	if n == nil {
		return nil
	}
	cents := int64(math.Round(*n * 100))
	return &cents
}

func (f fields) flag(name string, required bool) *bool {
	value, ok := f.get(name, required)
	if !ok {
		return nil
	}
	flag, ok := value.(bool)
	if !ok {
		f.wrongKind(name, value, "true or false")
		return nil
	}
	return &flag
}

func (f fields) time(name string) time.Time {
	text := f.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := parseTime(text, f.zone)
	if err != nil {
		f.wrong(name, ": %v", err)
	}
	return t
}

func (f fields) day(name string, required bool) journey.Day {
	text := f.textUpTo(name, maxName, required)
	if text == "" {
		return 0
	}
	if _, err := parseTime(text, time.UTC); err != nil {
		f.wrong(name, ": %v", err)
		return 0
	}
	day, err := journey.ParseDay(text)
	if err != nil {
		f.wrong(name, ": %v", err)
	}
	return day
}

// object reads a member object; nil values when it is absent or wrong, so that reading on finds nothing.
func (f fields) object(name string) (fields, bool) {
	value, ok := f.get(name, false)
	if !ok {
		return f.child("."+name, nil), false
	}
	members, ok := value.(map[string]any)
	if !ok {
		f.wrongKind(name, value, "an object")
	}
	return f.child("."+name, members), ok
}

// items reads a list, at most maxItems long.
func (f fields) items(name string) []any {
	value, ok := f.get(name, false)
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	switch {
	case !ok:
		f.wrongKind(name, value, "a list")
	case len(list) > maxItems:
		f.wrong(name, " has %d items, more than %d", len(list), maxItems)
		return nil
	}
	return list
}

// objects reads a list of objects and hands each to read.
func (f fields) objects(name string, read func(fields)) {
	for i, item := range f.items(name) {
		place := fmt.Sprintf("%s[%d]", name, i)
		members, ok := item.(map[string]any)
		if !ok {
			f.wrongKind(place, item, "an object")
			continue
		}
		read(f.child("."+place, members))
	}
}

func (f fields) texts(name string) []string {
	var texts []string
	for i, item := range f.items(name) {
		place := fmt.Sprintf("%s[%d]", name, i)
		if text := f.child("", map[string]any{place: item}).text(place); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// named lists the members of an object that maps names to values, sorted; names become keys, so they stay short.
func (f fields) named() []string {
	names := slices.Sorted(maps.Keys(f.values))
	if len(names) > maxItems {
		*f.problems = append(*f.problems, fmt.Sprintf("%s has %d members, more than %d", f.path, len(names), maxItems))
		return nil
	}
	for _, name := range names {
		if clean := cleanText(name); clean != name || clean == "" || len(name) > maxName {
			f.wrong(quoteJSON(name), " cannot be a name")
			return nil
		}
	}
	return names
}

func (f fields) contact() journey.Contact {
	return journey.Contact{
		Name: f.text("name"), Email: f.text("email"), Title: f.text("title"), Role: f.text("role"), Persona: f.text("persona"),
	}
}

// parseTime reads an RFC 3339 time, or a day, which begins in zone.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
			return time.Time{}, fmt.Errorf("%s is not a time like 2026-11-23T09:30:00Z", quoteJSON(text))
		}
	}
	if t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, fmt.Errorf("%s is not in this age", quoteJSON(text))
	}
	return t, nil
}

func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
