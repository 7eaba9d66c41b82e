package handlers

import (
	"context"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// past is a store that knows a few accounts by name, and remembers what it was asked.
type past struct {
	Store
	accounts map[string]journey.Lookup
	asked    string
	notes    []alerts.Note
	requests []string
	stats    alerts.StatsFilter
	days     int
}

func (p *past) FindAccount(_ context.Context, query string) (journey.Lookup, error) {
	l := p.accounts[journey.Fold(query)]
	l.Query = query
	return l, nil
}

func (p *past) Why(_ context.Context, id string) (alerts.Why, error) {
	if id != "A-7K2X" {
		return alerts.Why{}, alerts.ErrNotFound
	}
	p.asked = "why " + id
	return alerts.Why{}, nil
}

func (p *past) AccountWhy(_ context.Context, id string) (alerts.AccountWhy, error) {
	p.asked = "account why " + id
	return alerts.AccountWhy{}, nil
}

func (p *past) DayView(_ context.Context, id string, day journey.Day, _ *time.Location) (alerts.DayView, error) {
	p.asked = "not " + id + " " + day.String()
	return alerts.DayView{Day: day}, nil
}

func (p *past) Timeline(_ context.Context, id string, _, offset int) (alerts.Timeline, error) {
	p.asked, p.days = "timeline "+id, offset
	return alerts.Timeline{}, nil
}

func (p *past) KPIHistory(_ context.Context, id string, days int) (alerts.KPIHistory, error) {
	p.asked, p.days = "kpis "+id, days
	return alerts.KPIHistory{}, nil
}

func (p *past) Stats(_ context.Context, days int, f alerts.StatsFilter) (alerts.Stats, error) {
	p.asked, p.days, p.stats = "stats", days, f
	return alerts.Stats{}, nil
}

func (p *past) AddNote(_ context.Context, n alerts.Note, request string) error {
	p.notes, p.requests = append(p.notes, n), append(p.requests, request)
	return nil
}

func (p *past) PeopleNamed(_ context.Context, name string) ([]alerts.Person, error) {
	return map[string][]alerts.Person{"maria": {{UserID: "UMARIA"}}, "ben": {{UserID: "UBEN"}, {UserID: "UBEN2"}}}[name], nil
}

func newPast() *past {
	sure := func(id, name string, how journey.MatchHow) journey.Lookup {
		return journey.Lookup{Matches: []journey.Match{{AccountID: id, Name: name, How: how}}}
	}
	return &past{accounts: map[string]journey.Lookup{
		"acme": sure("acme", "Acme", journey.MatchName), "acme corp": sure("acme-corp", "Acme Corp", journey.MatchName),
		"why not inc": sure("whynot", "Why Not Inc", journey.MatchName), "a-7k2y": sure("a-7k2y", "A-7K2Y", journey.MatchID),
		"acm": sure("acme", "Acme", journey.MatchPrefix), "acmee": sure("acme", "Acme", journey.MatchSpelling),
	}}
}

func TestWordsOfTheReadingCommands(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	for text, c := range map[string]struct {
		asked string
		days  int
		says  string
	}{
		"why a-7k2x":                       {says: "I don't know"},
		"why A-7K2X":                       {asked: "why A-7K2X"},
		"why A-7K2Y":                       {asked: "account why a-7k2y"},
		"why acme corp":                    {asked: "account why acme-corp"},
		"acme corp why":                    {asked: "account why acme-corp"},
		"why not acme 2026-11-03":          {asked: "not acme 2026-11-03"},
		"why not Acme Corp yesterday":      {asked: "not acme-corp 2026-11-26"},
		"why not acme":                     {asked: "not acme 2026-11-27"},
		`why not "Why Not Inc" 2026-11-03`: {asked: "not whynot 2026-11-03"},
		`why "Why Not Inc"`:                {asked: "account why whynot"},
		"why acme 2026-11-03":              {asked: "not acme 2026-11-03"},
		"why":                              {says: "Did you mean"},
		"why not 2026-11-03":               {says: "No account matches not"},
		"why not acmee 2026-11-03":         {says: "Did you mean Acme"},
		"acme timeline":                    {asked: "timeline acme"},
		"timeline acme":                    {says: "/journey acme timeline"},
		"acme kpis":                        {asked: "kpis acme", days: 90},
		"acme kpis 2w":                     {asked: "kpis acme", days: 14},
		"stats":                            {asked: "stats", days: 30},
		"stats 7d":                         {asked: "stats", days: 7},
		"stats weekly":                     {says: "I don't know stats weekly"},
		"stats @ben":                       {says: "I don't know stats @ben"},
		"note":                             {says: "note <account> <text>"},
		"note acme":                        {says: "What should I note"},
		"note acm is back":                 {says: "starts with"},
		"note acmee is back":               {says: "Did you mean Acme"},
		"note nobody knows me":             {says: "No account matches"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			store := newPast()
			s := newSlack(store, &responses{})
			s.cfg.Now = func() time.Time { return friday }
			answer, _ := ask(s, text)
			require.NotNil(t, answer)
			require.Equal(t, c.asked, store.asked)
			require.Equal(t, c.days, store.days)
			require.Contains(t, plainOf(answer.Text), c.says)
			require.Empty(t, store.notes)
		})
	}
}

func TestStatsOfAChannelOrAPerson(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]alerts.StatsFilter{
		"stats #cs-alerts":          {Channel: "#cs-alerts"},
		"stats 30d <#C0123456|a-b>": {Channel: "C0123456"},
		"stats @maria 90d":          {Owner: "UMARIA"},
		"stats <@U0BEN|ben>":        {Owner: "U0BEN"},
		"stats mine":                {Owner: "U1"},
		"stats routes 7d":           {},
	} {
		store := newPast()
		ask(newSlack(store, &responses{}), text)
		require.Equal(t, "stats", store.asked, text)
		require.Equal(t, want, store.stats, text)
	}
}

func TestNotesAreAboutTheLongestExactName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]alerts.Note{
		"note acme is back":                   {Account: "acme", Text: "is back"},
		"note Acme Corp  wants   SSO\nsoon":   {Account: "acme-corp", Text: "wants   SSO\nsoon"},
		`note "acme" corp is what they say`:   {Account: "acme", Text: "corp is what they say"},
		`note “Why Not Inc” says "why" again`: {Account: "whynot", Text: `says "why" again`},
	} {
		store := newPast()
		s := newSlack(store, &responses{})
		var said string
		s.Command(slack.SlashCommand{Text: text, UserID: "U1", TriggerID: "t-1"}, func(m *slack.WebhookMessage) error {
			said = m.Text
			return nil
		})
		s.Close(t.Context())
		require.Len(t, store.notes, 1, text)
		n := store.notes[0]
		require.Equal(t, want.Account, n.Account, text)
		require.Equal(t, want.Text, n.Text, text)
		require.Equal(t, "U1", n.By.UserID)
		require.Equal(t, []string{"t-1"}, store.requests, "a command that comes twice counts once")
		require.Contains(t, said, "Noted")
	}
}

func TestButtonsOfTheReadingAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action, value, asked string
		days                 int
	}{
		{cards.ActionView, "kpis 30d:crm:acme:7", "kpis crm:acme:7", 30},
		{cards.ActionView + ".3", "timeline:acme", "timeline acme", 0},
		{cards.ActionView, "why:acme", "account why acme", 0},
		{cards.ActionView, "not 2026-11-03:acme", "not acme 2026-11-03", 0},
		{cards.ActionTimeline, "30:crm:acme:7", "timeline crm:acme:7", 30},
		{cards.ActionWhy, "A-7K2X", "why A-7K2X", 0},
		{cards.ActionMore, "A-7K2X:why", "why A-7K2X", 0},
	} {
		store := newPast()
		_, said := press(t, store, slack.BlockAction{ActionID: c.action, Value: c.value}, true)
		require.True(t, said, c.value)
		require.Equal(t, c.asked, store.asked)
		require.Equal(t, c.days, store.days)
	}
}
