package handlers

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var errNoAmount = errors.New("no amount")

// maxAmount is more than any customer pays, in whole units.
const maxAmount = 1e12

var (
	thousandsForm = regexp.MustCompile(`^([0-9]{1,15}|[0-9]{1,3}(\.[0-9]{3})+|[0-9]{1,3}(,[0-9]{3})+)$`)
	decimalsForm  = regexp.MustCompile(`^[0-9]{1,3}$`)
)

// cents reads an amount as people write it, such as 84,000 or 84.000,50 or €84k or 1.5m; nil for an empty text.
func cents(text string) (*int64, error) {
	text = strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, text))
	if text == "" {
		return nil, nil //nolint:nilnil // nothing was said, which is no mistake
	}
	scale := 1.0
	for suffix, factor := range map[string]float64{"k": 1e3, "m": 1e6} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, scale = rest, factor
		}
	}
	units, ok := units(text, scale > 1)
	if !ok || units*scale > maxAmount {
		return nil, errNoAmount
	}
	total := int64(units*scale*100 + 0.5)
	return &total, nil
}

// units reads a number with or without separators of thousands. One separator with three digits behind it is such a one, except in
// short amounts such as 1.125m.
func units(text string, short bool) (float64, bool) {
	last := strings.LastIndexAny(text, ".,")
	mixed := strings.Contains(text, ".") && strings.Contains(text, ",")
	fraction := last >= 0 && (mixed || short || len(text)-last-1 != 3) && strings.Count(text, text[last:last+1]) == 1
	whole, decimals := text, ""
	if fraction {
		whole, decimals = text[:last], text[last+1:]
	}
	if !thousandsForm.MatchString(whole) || fraction && !decimalsForm.MatchString(decimals) {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.NewReplacer(".", "", ",", "").Replace(whole)+"."+decimals, 64)
	return f, err == nil
}
