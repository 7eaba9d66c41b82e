package bot

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

func (s *scene) userID(name string) string {
	s.tb.Helper()
	u, ok := s.slack.User(name)
	require.True(s.tb, ok, name)
	return u.ID
}

// looksUp makes the person known to the store.
func (s *scene) looksUp(p *replica, name string) alerts.Person {
	s.tb.Helper()
	return p.people.Person(s.tb.Context(), s.userID(name))
}

func TestWhoGetsAnAlert(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(c *slacksim.Config) {
		c.Groups = append(c.Groups, slacksim.UserGroup{Handle: "away-team", Users: []string{"maria"}})
	})
	p := s.start(0)
	until := time.Now().Add(72 * time.Hour)
	require.NoError(t, s.slack.SetStatus("maria", "Vacationing", ":palm_tree:", until))
	require.NoError(t, s.slack.SetStatus("tom", "In a meeting", ":spiral_calendar_pad:", until))
	require.NoError(t, s.slack.ChangeUser("aiko", func(u *slacksim.User) { u.RealName = "Aiko" }))
	maria, tom := s.looksUp(p, "maria"), s.looksUp(p, "tom")
	require.True(t, maria.StatusAway)
	require.WithinDuration(t, until, maria.StatusUntil, time.Second)
	require.False(t, tom.StatusAway)
	awayWords := s.rules.AwayWords(maria, time.Now())

	for _, tc := range []struct {
		name, delegate string
		refs           []string
		who, note      string
		result         string
	}{
		{"who was asked for", "", []string{"tom@example.com", "aiko@example.com"}, "tom", "", ownerFound},
		{"the delegate of who is away", "ben", []string{"maria@example.com", "aiko@example.com"}, "ben", awayWords + ": Ben", ownerFallback},
		{"the lead when there is no delegate", "", []string{"maria@example.com", "aiko@example.com"}, "aiko", awayWords + ": Aiko stands in", ownerFallback},
		{"the lead when the delegate is oneself", "maria", []string{"maria@example.com", "aiko@example.com"}, "aiko", awayWords + ": Aiko stands in", ownerFallback},
		{"for an unknown address", "", []string{"x@example.com", "y@example.com", "aiko@example.com"}, "aiko", "x@example.com is not in this Slack workspace: Aiko stands in", ownerFallback},
		{"for a rotation in which nobody is", "", []string{"round_robin:@away-team", "aiko@example.com"}, "aiko", "Nobody of @away-team is there: Aiko stands in", ownerFallback},
		{"who is away, when nobody else is named", "", []string{"x@example.com", "maria@example.com"}, "maria", "x@example.com is not in this Slack workspace, and nobody stands in", ownerFallback},
		{"nobody", "", []string{"x@example.com"}, "", "", ownerUnknown},
		{"nobody asked for", "", nil, "", "", ownerUnknown},
	} {
		delegate := ""
		if tc.delegate != "" {
			delegate = s.userID(tc.delegate)
			p.people.Person(t.Context(), delegate)
		}
		require.NoError(t, s.store.SetPreferences(t.Context(), maria.UserID, alerts.Preferences{Delegate: delegate}))
		found := p.heir(t.Context(), tc.refs)
		require.Equal(t, tc.result, found.result, tc.name)
		require.True(t, strings.HasPrefix(found.note, tc.note), "%s: %s", tc.name, found.note)
		if tc.who == "" {
			require.Empty(t, found.person.UserID, tc.name)
			continue
		}
		require.Equal(t, s.userID(tc.who), found.person.UserID, tc.name)
	}

	require.NoError(t, s.slack.Deactivate("tom"))
	require.NoError(t, p.people.refresh(t.Context(), tom))
	found := p.heir(t.Context(), []string{"tom@example.com", "aiko@example.com"})
	require.Equal(t, s.userID("aiko"), found.person.UserID)
	require.Contains(t, found.note, "has left: Aiko stands in")

	s.inject(slacksim.Fault{Method: "users.lookupByEmail", Kind: slacksim.FaultError, Error: "internal_error"})
	require.Equal(t, ownerFailed, p.heir(t.Context(), []string{"z@example.com", "aiko@example.com"}).result, "Slack cannot tell: nobody is taken for unknown")
}

func TestALinkedAddressNeedsNoLookUp(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	ben := s.looksUp(p, "ben")
	_, err := p.people.Owner(t.Context(), "b@old.example")
	require.ErrorIs(t, err, alerts.ErrNobody)
	require.NoError(t, s.store.Link(t.Context(), "b@old.example", ben.UserID, alerts.Actor{}))
	got, err := p.people.Owner(t.Context(), "B@old.example")
	require.NoError(t, err)
	require.Equal(t, ben.UserID, got.UserID)
	require.Len(t, s.calls("users.lookupByEmail"), 1)
	require.Equal(t, ben.UserID, p.people.Mention(t.Context(), "b@old.example"))
	require.Equal(t, "nobody@example.com", p.people.Mention(t.Context(), "nobody@example.com"))

	found, err := p.people.Named(t.Context(), "tom")
	require.NoError(t, err)
	require.Len(t, found, 1, "Slack's list knows who was never seen")
	require.Equal(t, s.userID("tom"), found[0].UserID)
	again, err := p.people.Named(t.Context(), "tom")
	require.NoError(t, err)
	require.Equal(t, found[0].UserID, again[0].UserID)
	require.Len(t, s.calls("users.list"), 1)
	none, err := p.people.Named(t.Context(), "nobody at all")
	require.NoError(t, err)
	require.Empty(t, none)
}

// An owner's look-up that breaks costs the alert its owner, not its card, and not the program.
func TestALookUpThatBreaks(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	p.stop()
	s.happens(ownedBy("acme", "ben@example.com"), turnsRed("acme"))
	people := p.people
	p.people = nil
	view, err := s.store.AlertView(t.Context(), s.alert("acme").ID)
	require.NoError(t, err)
	given, err := p.giveOwner(t.Context(), view)
	require.NoError(t, err)
	require.False(t, given)
	pic, err := p.draw(t.Context(), alerts.Message{Kind: alerts.CardMessage, Subject: view.Alert.ID, Target: "#cs-alerts", WantVersion: 1})
	require.NoError(t, err)
	require.NotEmpty(t, pic.Blocks)

	p.people = people
	require.NoError(t, p.lookForOwners(t.Context()))
	require.Equal(t, s.userID("ben"), s.alert("acme").Owner, "the next look finds it")
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.owners.WithLabelValues(ownerFound)), 0)
}

func TestOwnersAreLookedForOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.rules.Fallback.Owner = ""
	for i := range ownerlessPage + 3 {
		account := "acme-" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		owner := "nobody@example.com"
		if i == ownerlessPage+2 {
			owner = "ben@example.com"
		}
		s.happens(ownedBy(account, owner), turnsRed(account))
	}
	p := s.start(0)
	p.stop()
	require.NoError(t, p.lookForOwners(t.Context()))
	_, total, err := s.store.LiveAlerts(t.Context(), alerts.Filter{Owner: s.userID("ben")})
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.LessOrEqual(t, len(s.calls("users.lookupByEmail")), 2, "each address once")
}

// The first card mentions the owner; a second channel does not.
func TestOneMentionForAllChannels(t *testing.T) {
	t.Parallel()
	a := alerts.Alert{Channels: []string{"#cs-alerts", "#cs-urgent"}}
	require.True(t, mentions(a, "#cs-alerts"))
	require.False(t, mentions(a, "#cs-urgent"))
	require.True(t, mentions(a, "#fallback"), "where the first one could not be posted")
	require.True(t, mentions(alerts.Alert{}, "#cs-urgent"))
}

// Weeks in the life of a team: somebody goes on holiday, escalations reach who stands in and the manager, and on Monday the
// leads read what nobody owns.
func TestATeamThroughAHoliday(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			l := newLife(t, fresh(t), time.Date(2026, 11, 27, 10, 0, 0, 0, berlin))
			l.rules.People = alerts.PeopleRules{
				Leads:    map[string]string{"enterprise": "aiko@example.com"},
				Managers: map[string]string{"maria@example.com": "aiko@example.com"},
			}
			l.rules.Escalations["high"] = alerts.Escalation{Name: "high", Steps: []alerts.EscalationStep{
				{After: 30 * time.Minute, Remind: alerts.RemindOwner}, {After: time.Hour, Remind: alerts.RemindManager},
			}}
			l.runs(2)
			account := func(id, owner, segment string, arr int64) alerts.Event {
				e := ownedBy(id, owner)
				e.Patch.At = time.Time{}
				e.Patch.ARR, e.Patch.Segment, e.Patch.Name = journey.SetTo(&arr), journey.SetTo(segment), journey.SetTo(strings.ToUpper(id))
				return e
			}
			l.happens(account("acme", "maria@example.com", "Enterprise", 84_000_00), turnsRed("acme"))
			l.sees("cs-alerts", "<@"+l.userID("maria")+">")

			// Maria leaves for her holiday: what is hers stays hers, what is new goes to Ben.
			ben := l.userID("ben")
			require.NoError(t, l.store.SetPreferences(t.Context(), l.userID("maria"), alerts.Preferences{Delegate: ben}))
			require.NoError(t, l.slack.SetStatus("maria", "Gone skiing", ":palm_tree:", time.Date(2026, 12, 11, 18, 0, 0, 0, berlin)))
			require.Eventually(t, func() bool {
				p, err := l.store.Person(t.Context(), l.userID("maria"))
				return err == nil && p.StatusAway
			}, 30*time.Second, 20*time.Millisecond, "Slack tells of the status by itself")
			require.Equal(t, l.userID("maria"), l.alert("acme").Owner)
			l.happens(account("globex", "maria@example.com", "", 52_000_00), turnsRed("globex"))
			card := l.sees("cs-alerts", "GLOBEX")
			require.Contains(t, card.Raw(), "<@"+ben+"> · Maria")
			require.Contains(t, card.Raw(), "is away until 11 Dec: Ben")

			// Nobody acts: the owner, who stands in, and then the manager hear of it.
			passes := func(d time.Duration) {
				l.becomes(l.now().Add(d))
				_, _, err := l.slack.OpenHome("tom") // wakes a replica: its scheduler sleeps by the wall clock
				require.NoError(t, err)
			}
			passes(31 * time.Minute)
			l.until("Maria is told", func() bool { return len(l.posts(l.direct("maria"), "Nobody is on it")) == 1 })
			l.until("Ben is told too", func() bool { return len(l.posts(l.direct("ben"), "you stand in")) == 1 })
			passes(61 * time.Minute)
			l.until("Aiko is told", func() bool {
				return len(l.posts(l.direct("aiko"), "ACME")) == 1 && strings.Contains(l.posts(l.direct("aiko"), "ACME")[0].Raw(), "It is Maria")
			})
			l.until("Ben's manager is nobody, so the fallback is told", func() bool { return strings.Contains(raws(l.slack.Posts("cs-alerts")), "<!subteam^") })

			// Monday.
			l.happens(account("ghost", "who@example.com", "Enterprise", 20_000_00), account("orphan", "", "", 10_000_00), account("free", "", "", 0))
			l.becomes(time.Date(2026, 11, 30, 8, 30, 30, 0, berlin))
			l.until("Aiko has the list of her segment", func() bool { return len(l.posts(l.direct("aiko"), "€20,000 ARR has no owner here: 1 account")) == 1 })
			list := l.sees("cs-urgent", "€10,000 ARR has no owner here: 1 account")
			require.Contains(t, list.Raw(), "<!subteam^", "a group reads it where it can")
			require.Contains(t, l.posts(l.direct("aiko"), "has no owner here")[0].Raw(), "who@example.com is not in this Slack workspace")
			l.becomes(time.Date(2026, 12, 1, 12, 0, 0, 0, berlin))
			l.settles()
			require.Len(t, l.posts("cs-urgent", "has no owner here"), 1, "once, with two replicas")

			// Ben leaves the company: what he had waits for nobody.
			l.clickBy("ben", "globex", alerts.DoAck)
			require.NoError(t, l.slack.Deactivate("ben"))
			require.Eventually(t, func() bool {
				p, err := l.store.Person(t.Context(), ben)
				return err == nil && p.Deleted
			}, 30*time.Second, 20*time.Millisecond)
			passes(2 * time.Minute)
			l.until("somebody else has it", func() bool {
				return len(l.posts("cs-alerts", "GLOBEX")) > 0 && strings.Contains(l.posts("cs-alerts", "GLOBEX")[0].Raw(), "is away until 11 Dec: @cs-leads stands in")
			})
			require.Equal(t, alerts.Open, l.alert("globex").Status, "and it is open again")
		})
	}
}

func raws(list []slacksim.Message) string {
	var all strings.Builder
	for _, m := range list {
		all.WriteString(m.Raw())
	}
	return all.String()
}

// A status that Slack sent no event of is noticed within the hour.
func TestOwnersAreRefreshed(t *testing.T) {
	t.Parallel()
	s, c := newClockScene(t)
	p := s.start(0)
	p.people.now = c.now
	maria := s.looksUp(p, "maria")
	s.happens(ownedBy("acme", maria.Email))
	require.NoError(t, s.slack.SetStatus("maria", "Off sick", ":face_with_thermometer:", time.Time{}))
	staff := &staff{store: s.store, people: p.people, rules: s.rules, now: c.now, logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, staff.refresh(t.Context()))
	known, err := s.store.Person(t.Context(), maria.UserID)
	require.NoError(t, err)
	require.False(t, known.StatusAway, "it was asked a moment ago")
	c.advance(staffFresh + time.Minute)
	require.NoError(t, staff.refresh(t.Context()))
	known, err = s.store.Person(t.Context(), maria.UserID)
	require.NoError(t, err)
	require.True(t, known.StatusAway)
	require.Zero(t, known.StatusUntil, "she did not say until when")
	require.Equal(t, maria.Email, known.Email)
}
