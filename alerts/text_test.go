package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func TestTextRenders(t *testing.T) {
	t.Parallel()
	r := &alerts.Rules{Currency: "EUR", Zone: time.UTC, Milestones: map[string]string{"d": "Value realization"}}
	full := alerts.View{
		Alert:   alerts.Alert{ShortID: "A-7K2", Kind: alerts.HealthShift, Severity: alerts.High, Facts: redShift(), Owner: "U1", Count: 1, OpenedAt: tuesday},
		Account: acme(),
		People:  map[string]alerts.Person{"U1": {UserID: "U1", Name: "Maria", Email: "Maria@example.com"}},
	}
	full.Account.Stage = "d"
	blank := alerts.View{Account: journey.Account{ID: "new"}}
	for _, tc := range []struct{ text, full, blank string }{
		{"Call {{.Account.Champion.Name}}", "Call Dana Weiss", "Call the champion"},
		{"{{.Account.Name}} pays {{money .Account.ARR}}", "Acme Corp pays €84,000", "new pays unknown"},
		{"{{.Account.ARR}}", "€84,000", "unknown"},
		{"{{.Account.RenewalDate}}, {{date .Account.RenewalDate}}", "20 Feb 2027, 20 Feb 2027", "unknown, unknown"},
		{"{{.Account.Owner}}, {{.Alert.Owner}}", "Maria, Maria", "the account owner, the owner"},
		{"{{.Account.Stage}}", "Value realization", "the current stage"},
		{"{{.Account.Score}}, {{.Alert.PreviousScore}}", "58, 72", "unknown, unknown"},
		{"{{.Alert.Kind}}/{{.Alert.Severity}}/{{.Alert.ShortID}}", "health shift/high/A-7K2", "unknown/unknown/unknown"},
		{"{{.Alert.Measure}} fell {{.Alert.MeasureFrom}} to {{.Alert.MeasureTo}}", "active users fell 41 to 19", "the main measure fell unknown to unknown"},
		{`{{plural .Alert.Count "signal" "signals"}}`, "1 signal", "0 signals"},
		{`{{plural .Account.Seats "seat" "seats"}}`, "unknown seats", "unknown seats"},
		{`{{if .Account.ARR}}paying{{else if .Account.Plan}}free{{else}}new{{end}}`, "paying", "new"},
		{`{{if and .Account.Owner (eq .Account.Segment "enterprise")}}big{{end}}`, "big", ""},
		{`{{or .Account.Domain .Account.ID}}`, "acme", "new"},
		{`{{if not .Alert.HitAt}}no forecast{{end}}`, "no forecast", "no forecast"},
		{`{{join .Alert.Reasons ", "}}|{{.Alert.Reasons}}`, "unknown|unknown", "unknown|unknown"},
		{`{{/* a comment */}}{{.Alert.OpenedAt}}`, "24 Nov 2026", "unknown"},
		{"no template", "no template", "no template"},
		{"", "", ""},
	} {
		text, err := alerts.CompileText(tc.text)
		require.NoError(t, err, tc.text)
		require.Equal(t, tc.text, text.String())
		require.Equal(t, tc.full, text.Render(full, r), tc.text)
		require.Equal(t, tc.blank, text.Render(blank, r), tc.text)
	}
	require.Empty(t, (*alerts.Text)(nil).Render(full, r))
}

func TestTextIsBounded(t *testing.T) {
	t.Parallel()
	text, err := alerts.CompileText(strings.Repeat("{{.Account.Name}}", 100))
	require.NoError(t, err)
	out := text.Render(alerts.View{Account: journey.Account{Name: strings.Repeat("я", 300)}}, nil)
	require.LessOrEqual(t, len(out), 4000)
	require.Equal(t, strings.Repeat("я", 2000), out)
}

func TestTextRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, err string }{
		{"Call {{.Account.Champoin.Name}}", `1:16: unknown field .Account.Champoin (did you mean Champion?)`},
		{"Привет\n {{.Acount.Name}}", `2:4: unknown field .Acount (did you mean Account?)`},
		{"{{.Account}}", `.Account has parts: name one, such as .Account.Name`},
		{"{{.Account.Name.First}}", `.Account.Name has no fields`},
		{"{{if .Account.ARR}}{{else}}{{.Account.Arr}}{{end}}", `unknown field .Account.Arr (did you mean ARR?)`},
		{"{{.Account.Name", `1:1: unclosed action`},
		{"{{nosuch .Account.Name}}", `function "nosuch" not defined`},
		{`{{printf "%99999999d" 1}}`, `function printf is not supported`},
		{"{{money .Account.Name}}", `money needs an amount`},
		{"{{date .Account.Name}}", `date needs a date`},
		{`{{plural .Account.Name "a" "b"}}`, `plural needs a number and two words`},
		{`{{eq .Account.ARR 5}}`, `eq compares two texts`},
		{`{{or}}`, `or needs values`},
		{`{{money (or .Account.ARR .Account.Name)}}`, `money needs an amount`},
		{"{{range .Alert.Reasons}}x{{end}}", `only fields, functions and if are supported`},
		{"{{with .Account}}x{{end}}", `only fields, functions and if are supported`},
		{`{{$x := .Account.Name}}`, `variables are not supported`},
		{`{{define "x"}}{{end}}`, `define and block are not supported`},
		{`{{template "x"}}`, `only fields, functions and if are supported`},
		{`{{.}}`, `is not supported here`},
		{`{{.Account.Name | .Account.Name}}`, `is not a function`},
		{strings.Repeat("x", 2001), `the template has 2001 characters`},
	} {
		_, err := alerts.CompileText(tc.text)
		var place *alerts.SourceError
		require.ErrorAs(t, err, &place, tc.text)
		require.Contains(t, err.Error(), tc.err, tc.text)
	}
}
