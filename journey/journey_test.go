package journey_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/journey"
)

var (
	monday  = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

func TestEachFieldKeepsItsOwnAge(t *testing.T) {
	t.Parallel()
	a := journey.Account{ID: "acme"}
	require.True(t, journey.Patch{At: tuesday, Name: journey.SetTo("Acme"), ARR: journey.SetTo(new(int64(100)))}.Apply(&a))
	require.False(t, journey.Patch{At: monday, Name: journey.SetTo("Old")}.Apply(&a), "older never overwrites newer")
	require.Equal(t, "Acme", a.Name)
	require.True(t, journey.Patch{At: monday, Name: journey.SetTo("Old"), Plan: journey.SetTo("team")}.Apply(&a), "but tells what was not known")
	require.Equal(t, "Acme", a.Name)
	require.Equal(t, "team", a.Plan)
	require.Equal(t, map[string]time.Time{"name": tuesday, "arr": tuesday, "plan": monday}, a.FieldsAt)
	require.True(t, journey.Patch{At: tuesday, ARR: journey.SetTo[*int64](nil)}.Apply(&a), "the same age: the later one counts")
	require.Nil(t, a.ARR)
	require.False(t, journey.Patch{At: tuesday}.Apply(&a))
}

func TestPatchSetsEveryField(t *testing.T) {
	t.Parallel()
	a := journey.Account{ID: "acme"}
	p := journey.Patch{
		Name: journey.SetTo("n"), Domain: journey.SetTo("d"), CRMURL: journey.SetTo("u"), Segment: journey.SetTo("s"), Region: journey.SetTo("r"),
		Tier: journey.SetTo("t"), Plan: journey.SetTo("p"), Status: journey.SetTo("active"), Owner: journey.SetTo("o"), SalesOwner: journey.SetTo("so"),
		Aliases: journey.SetTo([]string{"x"}), ARR: journey.SetTo(new(int64(1))), Seats: journey.SetTo(new(int64(2))),
		RenewalDate: journey.SetTo(journey.Day(20270220)), Since: journey.SetTo(journey.Day(20240301)), Contacts: journey.SetTo([]journey.Contact{{Name: "Dana"}}), At: monday,
	}
	require.True(t, p.Apply(&a))
	require.Len(t, a.FieldsAt, 16)
	a.FieldsAt = nil
	require.Equal(t, journey.Account{
		ID: "acme", Name: "n", Domain: "d", CRMURL: "u", Segment: "s", Region: "r", Tier: "t", Plan: "p", Status: "active", Owner: "o", SalesOwner: "so",
		Aliases: []string{"x"}, ARR: new(int64(1)), Seats: new(int64(2)), RenewalDate: 20270220, Since: 20240301, Contacts: []journey.Contact{{Name: "Dana"}},
	}, a)
}

func TestWhoIsMissingFromTheContactsHasLeft(t *testing.T) {
	t.Parallel()
	a := journey.Account{ID: "acme"}
	dana := journey.Contact{Name: "Dana", Email: "Dana@acme.test", Role: journey.RoleChampion}
	lee := journey.Contact{Name: "Lee"}
	journey.Patch{At: monday, Contacts: journey.SetTo([]journey.Contact{dana, lee, {Name: "lee "}, {}})}.Apply(&a)
	require.Equal(t, []journey.Contact{dana, lee}, a.Contacts, "each once, nobodies left out")
	champion, ok := a.Champion()
	require.True(t, ok)
	require.Equal(t, dana, champion)

	journey.Patch{At: tuesday, Contacts: journey.SetTo([]journey.Contact{lee})}.Apply(&a)
	left := dana
	left.LeftAt = tuesday
	require.Equal(t, []journey.Contact{lee, left}, a.Contacts)
	_, ok = a.Champion()
	require.False(t, ok)

	journey.Patch{At: tuesday.Add(time.Hour), Contacts: journey.SetTo([]journey.Contact{})}.Apply(&a)
	require.Equal(t, tuesday, a.Contacts[1].LeftAt, "gone since the first time")

	back := dana
	back.Email = "dana@ACME.test"
	journey.Patch{At: tuesday.Add(2 * time.Hour), Contacts: journey.SetTo([]journey.Contact{back})}.Apply(&a)
	champion, ok = a.Champion()
	require.True(t, ok)
	require.Equal(t, back, champion)
	require.Len(t, a.Contacts, 2)
}

func TestDays(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]journey.Day{"2027-02-20": 20270220, "2027-02-20T23:30:00-08:00": 20270220} {
		d, err := journey.ParseDay(in)
		require.NoError(t, err)
		require.Equal(t, want, d)
	}
	for _, in := range []string{"", "20.2.2027", "2027-02-30"} {
		_, err := journey.ParseDay(in)
		require.Error(t, err, in)
	}
	require.Equal(t, 88, journey.Day(20270220).Until(tuesday))
	require.Equal(t, -1, journey.Day(20261123).Until(tuesday))
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	require.Equal(t, 1, journey.Day(20261025).Until(time.Date(2026, 10, 24, 23, 0, 0, 0, berlin)), "also over a change of clocks")
	require.Equal(t, "2027-02-20", journey.Day(20270220).String())
	require.Equal(t, "unknown", journey.Day(0).String())
	require.True(t, journey.Day(0).In(time.UTC).IsZero())
	require.False(t, journey.Day(0).Known())
	require.True(t, journey.Day(20270220).Known())
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{{"  Acme\u00a0 Corp ", "acme corp"}, {"STRASSE", "straße"}, {"РОМАШКА", "ромашка"}, {"ﬁn", "FIN"}, {"", " "}} {
		require.Equal(t, journey.Fold(same[0]), journey.Fold(same[1]))
	}
	require.NotEqual(t, journey.Fold("acme"), journey.Fold("acmé"))
}

func TestTitleAndSureness(t *testing.T) {
	t.Parallel()
	require.Equal(t, "acme", journey.Account{ID: "acme"}.Title())
	require.Equal(t, "Acme Corp", journey.Account{ID: "acme", Name: "Acme Corp"}.Title())
	sure := func(matches ...journey.Match) bool {
		_, ok := journey.Lookup{Matches: matches}.Sure()
		return ok
	}
	require.True(t, sure(journey.Match{How: journey.MatchName}))
	require.False(t, sure(journey.Match{How: journey.MatchSpelling}))
	require.False(t, sure(journey.Match{How: journey.MatchName}, journey.Match{How: journey.MatchName}))
	require.False(t, sure())
}
