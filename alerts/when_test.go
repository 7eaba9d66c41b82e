package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func acme() journey.Account {
	return journey.Account{
		ID: "acme", Name: "Acme Corp", Segment: "enterprise", Region: "emea", Tier: "gold", Plan: "team", Owner: "maria@example.com",
		ARR: new(int64(8_400_000)), RenewalDate: 20270220, Health: journey.HealthYellow, Score: new(58.0), StageAt: tuesday.AddDate(0, 0, -41),
		Contacts: []journey.Contact{
			{Name: "Old Champion", Role: journey.RoleChampion, LeftAt: tuesday},
			{Name: "Dana Weiss", Title: "VP Operations", Email: "dana@acme.test", Role: journey.RoleChampion},
		},
	}
}

var tuesday = time.Date(2026, 11, 24, 7, 10, 0, 0, time.UTC)

func redShift() alerts.Facts {
	return alerts.Facts{AsOf: tuesday, Health: &alerts.HealthFacts{
		From: journey.HealthYellow, To: journey.HealthRed, Score: new(44.0), PreviousScore: new(72.0),
		Drivers: []alerts.Driver{{Measure: "active users", From: "41", To: "19"}},
	}}
}

func TestWhenMatches(t *testing.T) {
	t.Parallel()
	red := alerts.Case{Kind: alerts.HealthShift, Severity: alerts.High, Polarity: alerts.Risk, Account: acme(), Facts: redShift(), Now: tuesday}
	blank := alerts.Case{Kind: alerts.PQL, Account: journey.Account{ID: "new"}, Now: tuesday}
	for _, tc := range []struct {
		when       string
		red, blank bool
	}{
		{`kind == "health_shift" && signal.to == "red" && account.arr >= 50000`, true, false},
		{`account.arr == 84000`, true, false},
		{`account.arr < 50000`, false, false},
		{`!(account.arr >= 50000)`, false, false}, // unknown stays unknown when negated
		{`not (account.arr < 50000)`, true, false},
		{`account.arr != 5`, true, false},
		{`account.arr == nil`, false, true},
		{`account.arr != nil`, true, false},
		{`account.arr == nil || account.arr > 1000`, true, true},
		{`account.arr > 1000 or kind == "pql"`, true, true},
		{`kind == "pql" or account.arr > 1000`, true, true},
		{`account.arr > 1000 and kind == "pql"`, false, false},
		{`kind in ["health_shift", "milestone_dropoff"]`, true, false},
		{`kind not in ["health_shift"]`, false, true},
		{`account.seats in [1, 2]`, false, false},
		{`account.seats not in [1, 2]`, false, false},
		{`severity >= "medium"`, true, false},
		{`severity < "high"`, false, false},
		{`polarity == "risk"`, true, false},
		{`account.renewal_days <= 90`, true, false},
		{`account.renewal_days == 88`, true, false},
		{`account.stage_days == 41`, true, false},
		{`signal.score < signal.previous_score - 20`, true, false},
		{`signal.score / 0 > 1`, false, false},
		{`(account.score + 2) * 2 == 120`, true, false},
		{`-account.score < 0 && +account.score % 2 == 0`, true, false},
		{`account.name startsWith "Acme" && account.name contains "me C" && account.name endsWith "Corp"`, true, false},
		{`account.name matches "(?i)acme.*"`, true, false},
		{`account.health == "yellow"`, true, false},
		{`account.owner == ""`, false, true},
		{`account.status != "churned"`, true, true},
		{`signal.percent >= 90`, false, false},
		{`true`, true, true},
		{`false`, false, false},
	} {
		t.Run(tc.when, func(t *testing.T) {
			t.Parallel()
			w, err := alerts.CompileWhen(tc.when)
			require.NoError(t, err)
			require.Equal(t, tc.when, w.String())
			require.Equal(t, tc.red, w.Match(red))
			require.Equal(t, tc.blank, w.Match(blank))
		})
	}
	require.True(t, (*alerts.When)(nil).Match(blank))
}

func TestWhenRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ when, err string }{
		{`kind == 5`, `1:6: == compares a text with a number`},
		{`kind == "helth_shift"`, `1:9: "helth_shift" is no kind (did you mean health_shift?)`},
		{"true &&\n acount.arr > 1", `2:2: unknown name acount.arr (did you mean account.arr?)`},
		{`account.ar > 1`, `1:1: unknown name account.ar (did you mean account.arr?)`},
		{`account == "x"`, `1:1: account has parts: name one, such as account.arr`},
		{`account.arr`, `1:1: this is a number, not a condition`},
		{`account.name > "a"`, `1:1: > needs a number on its left, not a text`},
		{`account.arr > "a"`, `1:15: > needs a number on its right, not a text`},
		{`severity > 3`, `1:12: severity is compared with one of its words in quotes`},
		{`severity > "huge"`, `1:12: "huge" is no severity`},
		{`!account.arr`, `1:1: ! needs a condition, not a number`},
		{`-account.name == 1`, `1:1: - needs a number, not a text`},
		{`account.name == nil`, `1:14: only numbers can be nil; an unknown text is ""`},
		{`kind in account.name`, `1:9: in needs a list written out, such as in ["a", "b"]`},
		{`kind in [1]`, `1:10: in compares a text with a number`},
		{`kind in ["pqll"]`, `1:10: "pqll" is no kind (did you mean pql?)`},
		{`kind in [account.name]`, `1:10: a list holds texts or numbers, written out`},
		{`account.name matches "("`, `1:22: this is no pattern: "("`},
		{`account.name matches kind`, `1:22: matches needs a pattern in quotes`},
		{`all([1], true)`, `1:1: conditions are made of names, numbers, texts, comparisons, in [...], and, or, not`},
		{`let x = 1; x == 1`, `conditions are made of`},
		{`true ? true : false`, `conditions are made of`},
		{`$env == nil`, `1:1: unknown name $env`},
		{`account["arr"][0] == 1`, `expected a name such as account.arr`},
		{`account?.arr == 1`, `conditions are made of`},
		{`2 ** 3 == 8`, `** is not supported`},
		{`kind = "pql"`, `1:6: = compares nothing: write ==`},
		{`account.arr >`, `1:13: the condition ends too early`},
		{`“кавычки” == 1`, `1:1: `},
		{`"Ромашка" == account.nam`, `1:14: unknown name account.nam (did you mean account.name?)`},
		{``, `1:1: the condition ends too early`},
		{strings.Repeat("(", 3000), `1:1: the condition has 3000 characters, more than 2000`},
		{strings.Repeat("(", 1999), `the condition ends too early`},
	} {
		_, err := alerts.CompileWhen(tc.when)
		var place *alerts.SourceError
		require.ErrorAs(t, err, &place, tc.when)
		require.Contains(t, err.Error(), tc.err, tc.when)
		require.Positive(t, place.Column)
	}
}
