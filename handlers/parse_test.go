package handlers

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]line{
		"":                              {},
		"   ":                           {},
		"acme":                          {account: "acme"},
		"Acme Corp":                     {account: "Acme Corp"},
		"help":                          {verb: "help"},
		"HELP":                          {verb: "help"},
		"alerts":                        {verb: "alerts"},
		"alerts mine":                   {verb: "alerts", args: []string{"mine"}, rest: "mine"},
		"alerts mine red":               {verb: "alerts", args: []string{"mine", "red"}, rest: "mine red"},
		"help desk inc":                 {account: "help desk inc"},
		`"alerts"`:                      {account: "alerts", quoted: true},
		"“Help”":                        {account: "Help", quoted: true},
		`"help desk`:                    {account: "help desk", quoted: true},
		`""`:                            {quoted: true},
		"Ромашка":                       {account: "Ромашка"},
		"https://crm.example/a?x=1":     {account: "https://crm.example/a?x=1"},
		"acme kpis":                     {account: "acme", view: "kpis"},
		"Acme Corp KPIs 90d":            {account: "Acme Corp", view: "kpis", window: "90d"},
		"Acme Corp kpis 12 weeks":       {account: "Acme Corp", view: "kpis", window: "12weeks"},
		"Acme Corp timeline":            {account: "Acme Corp", view: "timeline"},
		"acme why":                      {account: "acme", view: "why"},
		`"Why Ltd" why`:                 {account: "Why Ltd", quoted: true, view: "why"},
		`"alerts" kpis 30d`:             {account: "alerts", quoted: true, view: "kpis", window: "30d"},
		`"alerts" something`:            {account: "alerts", quoted: true},
		"Timeline Inc":                  {account: "Timeline Inc"},
		"The Timeline Inc":              {account: "The Timeline Inc"},
		"The Timeline timeline":         {account: "The Timeline", view: "timeline"},
		"acme timeline 90d":             {account: "acme timeline 90d"},
		"acme kpis of may":              {account: "acme kpis of may"},
		"kpis":                          {account: "kpis"},
		"why acme":                      {verb: "why", args: []string{"acme"}, rest: "acme"},
		"why":                           {verb: "why"},
		"why not Acme Corp 2026-11-03":  {verb: "why", args: []string{"not", "Acme", "Corp", "2026-11-03"}, rest: "not Acme Corp 2026-11-03"},
		`why not "Why Not Inc" today`:   {verb: "why", args: []string{"not", "Why Not Inc", "today"}, rest: `not "Why Not Inc" today`},
		"note  “Acme Corp”  a  “word” ": {verb: "note", args: []string{"Acme Corp", "a", "word"}, rest: `"Acme Corp"  a  "word"`},
	} {
		got := parse(text)
		if len(got.args) == 0 {
			got.args = nil
		}
		require.Equal(t, want, got, "%q", text)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", `"`, `""" kpis`, "acme kpis 90d", "note acme \xff", "why not\u00a0acme 2026-11-03", "„alerts” timeline"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := parse(text)
		require.True(t, utf8.ValidString(l.account+l.rest+l.window))
		if l.view != "" {
			require.Contains(t, views(), l.view)
			require.True(t, l.verb == "" && (l.account != "" || l.quoted), "a view is of an account")
		}
		if l.verb != "" {
			require.Contains(t, verbs(), l.verb)
			require.Empty(t, l.account)
		}
		require.LessOrEqual(t, daysIn(l.window, 90), maxDays)
	})
}

func TestWindows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"90d": 90, "90": 90, "2w": 14, "3months": 90, "1y": 365, "900d": 365, "12W": 84, "0d": 7, "d": 7, "": 7, "1000d": 7, "-3d": 7, "90h": 7,
	} {
		require.Equal(t, want, daysIn(text, 7), text)
	}
}

func TestEverySubCommandIsInTheHelp(t *testing.T) {
	t.Parallel()
	for name, v := range verbs() {
		require.NotEmpty(t, v.does, name)
		require.True(t, (v.run == nil) != (v.hear == nil), "%s: either run or hear", name)
	}
	for _, c := range commands() {
		l := parse(c.Example)
		require.True(t, l.account != "" || verbs()[l.verb].does != "", c.Example)
		require.False(t, l.verb == "" && l.view == "" && l.account != "" && c.Example != "acme", "%q reads as an account", c.Example)
	}
}

func TestWordsForKindsAndChannels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]alerts.Filter{
		"mine pql":                       {Owner: "U1", Kind: alerts.PQL},
		"high usage-limit #cs-alerts":    {Severity: alerts.High, Kind: alerts.UsageLimit, Channel: "#cs-alerts"},
		"held <#C0ALERTS|cs-alerts> NPS": {Held: true, Channel: "C0ALERTS", Kind: alerts.Feedback},
		"red unowned critical":           {Red: true, Unowned: true, Severity: alerts.Critical},
	} {
		got, unknown := alertFilter("U1", strings.Fields(text))
		require.Empty(t, unknown)
		require.Equal(t, want, got, text)
	}
	_, unknown := alertFilter("U1", []string{"mine", "#"})
	require.Equal(t, "#", unknown)
	for _, word := range alertWords() {
		_, unknown := alertFilter("U1", []string{word})
		require.Empty(t, unknown, word)
	}
}

func TestNearestVerbOffersOnlyWhatIsClose(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"alrts": "alerts", "hlep": "help", "helpp": "help", "ALERT": "alerts", "acme": "", "x": "", "help": "help"} {
		require.Equal(t, want, nearestVerb(word), word)
	}
}

func TestSnoozeUntilIsInThePressersZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	friday := time.Date(2026, 11, 27, 16, 30, 0, 0, zone)
	for choice, want := range map[string]string{
		"1h":       "2026-11-27T17:30:00-05:00",
		"tomorrow": "2026-11-28T09:00:00-05:00",
		"workday":  "2026-11-30T09:00:00-05:00",
		"week":     "2026-12-04T09:00:00-05:00",
	} {
		require.Equal(t, want, snoozeUntil(&alerts.Rules{}, choice, friday).Format(time.RFC3339), choice)
	}
	spring := time.Date(2026, 3, 7, 12, 0, 0, 0, zone) // the clocks go forward that night
	require.Equal(t, "2026-03-08T09:00:00-04:00", snoozeUntil(&alerts.Rules{}, "tomorrow", spring).Format(time.RFC3339))
}
