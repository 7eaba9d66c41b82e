package demo_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"journeybot/config/demo"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 24, 9, 30, 12, 0, time.UTC)

// The data of each type, as PRODUCT §2 has it. Decoding is strict: a field that is not there is a mistake.
type (
	person  struct{ Name, Title, Email, Role string }
	profile struct {
		Name, Domain, Segment, Region, Tier, Plan, Status, Owner string
		Aliases                                                  []string
		CRMURL                                                   string `json:"crm_url"`
		SalesOwner                                               string `json:"sales_owner"`
		RenewalDate                                              string `json:"renewal_date"`
		ARR                                                      *float64
		Seats                                                    *int64
		Contacts                                                 []person
	}
	kpis struct {
		KPIs map[string]float64
		At   string
	}
	usage struct {
		Event, User, Persona string
		Count                int64
	}
	touch  struct{ Channel, Who, Note string }
	health struct {
		From, To, Reason string
		Score            *float64
		PreviousScore    *float64 `json:"previous_score"`
		Drivers          []struct{ Measure, From, To string }
	}
	limit struct {
		Resource, Unit string
		Used, Limit    float64
		PeriodEnd      time.Time `json:"period_end"`
		Hard           bool
		CustomerTold   bool   `json:"customer_told"`
		NextPlan       string `json:"next_plan"`
	}
	lead struct {
		Score         float64
		Reasons       []string
		Contact       person
		Plan, Trigger string
		Parts         struct{ Fit, Usage, Intent float64 }
	}
	dropoff struct {
		Milestone  string
		ExpectedBy string `json:"expected_by"`
		Progress   map[string]struct{ Have, Need float64 }
	}
	milestone struct{ Milestone string }
	change    struct{ Role, From, To string }
	renewal   struct {
		RenewalDate string `json:"renewal_date"`
		ARR         float64
	}
	ticket struct {
		Ticket, Status, Priority, Title, Topic string
		AgeDays                                float64 `json:"age_days"`
		StageHint                              string  `json:"stage_hint"`
	}
	survey struct {
		Survey, Comment string
		Score           float64
		Contact         person
	}
)

var shapes = map[string]any{
	"growth.account.updated": profile{}, "growth.kpi.reported": kpis{}, "growth.usage.tracked": usage{}, "growth.touch.logged": touch{},
	"growth.signal.health_shift": health{}, "growth.signal.usage_limit": limit{}, "growth.signal.pql": lead{},
	"growth.signal.milestone_dropoff": dropoff{}, "growth.signal.milestone_reached": milestone{}, "growth.signal.contact_changed": change{},
	"growth.signal.renewal_due": renewal{}, "growth.signal.support": ticket{}, "growth.signal.feedback": survey{},
}

// decode checks an event's envelope and gives its data in its shape.
func decode(t *testing.T, e demo.Event) any {
	t.Helper()
	require.NotEmpty(t, e.ID)
	require.NotEmpty(t, e.Source)
	require.NotEmpty(t, e.Subject)
	shape, ok := shapes[e.Type]
	require.True(t, ok, "type %s", e.Type)
	body, err := json.Marshal(e.Data)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	data := reflect.New(reflect.TypeOf(shape))
	require.NoError(t, decoder.Decode(data.Interface()), "%s: %s", e.ID, body)
	return data.Elem().Interface()
}

// unique fails for an event whose identity was seen before.
func unique(t *testing.T, seen map[string]bool, e demo.Event) {
	t.Helper()
	key := e.Source + "|" + e.ID
	require.False(t, seen[key], key)
	seen[key] = true
}

func TestBook(t *testing.T) {
	t.Parallel()
	events := demo.Book(now)
	count, colours, kpiDays, seen := map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}
	owners, segments, names := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, e := range events {
		unique(t, seen, e)
		require.False(t, e.Time.IsZero())
		require.False(t, e.Time.After(now), e.ID)
		count[e.Type]++
		switch data := decode(t, e).(type) {
		case profile:
			names[e.Subject] = data.Name
			owners[data.Owner], segments[data.Segment] = true, true
			require.Equal(t, "champion", data.Contacts[0].Role)
			require.LessOrEqual(t, len(e.Subject), 64)
		case health:
			colours[data.To]++
			require.NotEqual(t, data.From, data.To)
		case kpis:
			kpiDays[e.Subject]++
			for _, name := range demo.KPIs {
				require.Contains(t, data.KPIs, name)
				require.GreaterOrEqual(t, data.KPIs[name], 0.0)
			}
			at, err := time.Parse(time.RFC3339, data.At)
			require.NoError(t, err)
			require.False(t, at.After(now))
		}
	}
	require.Equal(t, 25, count["growth.account.updated"])
	require.Len(t, names, 25)
	require.Len(t, kpiDays, 25)
	for id, days := range kpiDays {
		require.Equal(t, demo.Days, days, id)
	}
	require.Len(t, demo.KPIs, 6)
	require.Equal(t, map[string]bool{"maria@example.com": true, "ben@example.com": true}, owners)
	require.Equal(t, map[string]bool{"smb": true, "mid": true, "enterprise": true}, segments)
	for _, colour := range []string{"green", "yellow", "red"} {
		require.NotZero(t, colours[colour], colour)
	}
	require.Less(t, colours["green"]+colours["yellow"]+colours["red"], 25, "some are unknown")
	require.Equal(t, 2, colours["red"], "few alerts are open when the demo begins")
	require.Contains(t, names["romashka"], "Ромашка")
	require.Contains(t, names["pie-sons"], "&")
	require.Greater(t, len([]rune(names["donau"])), 100)
	require.True(t, strings.ContainsFunc(names["nakheel"], func(r rune) bool { return unicode.Is(unicode.Arabic, r) }))
}

// TestBookNumbersFollowHealth looks at the trend that a card would show.
func TestBookNumbersFollowHealth(t *testing.T) {
	t.Parallel()
	users := map[string][]float64{}
	for _, e := range demo.Book(now) {
		if data, ok := decode(t, e).(kpis); ok {
			users[e.Subject] = append(users[e.Subject], data.KPIs["active_users"])
		}
	}
	change := func(id string) float64 { u := users[id]; return u[len(u)-1]/u[len(u)-1-28] - 1 }
	require.InDelta(t, -0.54, change("acme"), 0.08)
	require.Less(t, change("nakatomi"), -0.4)
	require.Less(t, change("romashka"), -0.1)
	require.Greater(t, change("soylent"), 0.05)
}

func TestBookIsTheSameAgain(t *testing.T) {
	t.Parallel()
	require.Equal(t, demo.Book(now), demo.Book(now))

	ids := map[string]bool{}
	for _, e := range demo.Book(now) {
		ids[e.ID] = true
	}
	added := 0
	for _, e := range demo.Book(now.Add(24 * time.Hour)) {
		if !ids[e.ID] {
			require.Equal(t, "growth.kpi.reported", e.Type)
			added++
		}
	}
	require.Equal(t, 25, added, "a restart a day later adds one day")
}

func TestOpeningShowsAllFourKindsAtOnce(t *testing.T) {
	t.Parallel()
	scenes := demo.Story(now, 0)
	require.Equal(t, "growth.signal.health_shift", scenes[0].Event.Type)
	require.LessOrEqual(t, scenes[0].After, 2*time.Second)
	early, all := map[string]bool{}, map[string]bool{}
	for _, s := range scenes {
		if s.After <= 30*time.Second {
			early[s.Event.Type] = true
		}
		all[s.Event.Type] = true
	}
	require.Equal(t, map[string]bool{
		"growth.signal.health_shift": true, "growth.signal.usage_limit": true, "growth.signal.pql": true, "growth.signal.milestone_dropoff": true,
	}, early)
	for kind := range shapes {
		if strings.HasPrefix(kind, "growth.signal.") {
			require.True(t, all[kind], kind)
		}
	}
}

// TestNobodyIsStuckBehindWhereTheyAre compares the milestones that accounts miss with those they reached.
func TestNobodyIsStuckBehindWhereTheyAre(t *testing.T) {
	t.Parallel()
	order := []string{"", "first-search", "first-value", "value-realization", "continued-value", "value-growth"}
	position := func(e demo.Event) int {
		return slices.Index(order, reflect.ValueOf(decode(t, e)).FieldByName("Milestone").String())
	}
	stage := map[string]int{}
	for _, e := range demo.Book(now) {
		if e.Type == "growth.signal.milestone_reached" {
			stage[e.Subject] = position(e)
			require.Positive(t, stage[e.Subject])
			require.Less(t, e.Time, now.AddDate(0, 0, -2), "too old to be celebrated")
		}
	}
	require.Len(t, stage, 23, "some are unknown")
	for cycle := range 100 {
		for _, s := range demo.Story(now, cycle) {
			if s.Event.Type == "growth.signal.milestone_dropoff" {
				missed := position(s.Event)
				require.Equal(t, stage[s.Event.Subject]+1, missed, "cycle %d, %s", cycle, s.Event.Subject)
			}
		}
	}
}

func TestStoryKeepsItsRhythm(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for cycle := range 300 {
		scenes := demo.Story(now, cycle)
		require.InDelta(t, 20, len(scenes), 4)
		last := time.Duration(0)
		for _, s := range scenes {
			unique(t, seen, s.Event)
			decode(t, s.Event)
			require.True(t, s.Event.Time.IsZero())
			require.GreaterOrEqual(t, s.After, last, "cycle %d", cycle)
			require.LessOrEqual(t, s.After-last, 45*time.Second, "cycle %d", cycle)
			last = s.After
		}
		require.Less(t, last, demo.CycleLength)
	}
}

// TestLaterCyclesHealWhatTheyHurt follows the health of every account through many cycles.
func TestLaterCyclesHealWhatTheyHurt(t *testing.T) {
	t.Parallel()
	book := map[string]string{}
	for _, e := range demo.Book(now) {
		if data, ok := decode(t, e).(health); ok {
			book[e.Subject] = data.To
		}
	}
	for cycle := 1; cycle < 100; cycle++ {
		state := map[string]string{}
		for _, s := range demo.Story(now, cycle) {
			data, ok := decode(t, s.Event).(health)
			if !ok {
				continue
			}
			before, moved := state[s.Event.Subject]
			if !moved {
				before = book[s.Event.Subject]
			}
			require.Equal(t, before, data.From, "cycle %d, %s", cycle, s.Event.Subject)
			if data.From != data.To && data.To != "green" {
				require.Less(t, *data.Score, *data.PreviousScore)
			}
			state[s.Event.Subject] = data.To
		}
		require.NotEmpty(t, state)
		for id, end := range state {
			require.Equal(t, book[id], end, "cycle %d, %s", cycle, id)
		}
	}
}

func TestStoryIsTheSameAgain(t *testing.T) {
	t.Parallel()
	require.Equal(t, demo.Story(now, 3), demo.Story(now, 3))
	require.NotEqual(t, demo.Story(now, 3), demo.Story(now, 4))
	require.NotEqual(t, demo.Story(now, 0)[0].Event.ID, demo.Story(now.Add(time.Minute), 0)[0].Event.ID)
}

func TestSamples(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for name, e := range demo.Samples(now) {
		require.Equal(t, "sample/"+name, e.ID)
		require.Equal(t, now, e.Time)
		decode(t, e)
		covered[e.Type] = true
	}
	require.Len(t, covered, len(shapes), "a sample of every type")
}
