package storage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

func (w *world) person(id, email string) alerts.Person {
	p := alerts.Person{UserID: id, Email: email, Name: id, CheckedAt: w.clock.now()}
	require.NoError(w.tb, w.SavePeople(w.tb.Context(), p))
	return p
}

func (w *world) owned(account, owner string, arr int64) {
	w.change(account, func(a *journey.Account) { a.Owner, a.ARR = owner, &arr })
}

func testOwners(t *testing.T, open opener) {
	t.Run("what Slack says and what people chose are kept apart", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		until := w.clock.now().Add(48 * time.Hour)
		maria := alerts.Person{UserID: "U1", Email: "maria@example.com", StatusAway: true, StatusUntil: until, CheckedAt: w.clock.now()}
		require.NoError(t, w.SavePeople(t.Context(), maria))
		require.NoError(t, w.SetPreferences(t.Context(), "U1", alerts.Preferences{AwayUntil: until.Add(time.Hour), Delegate: "U2"}))
		maria.Name, maria.StatusAway, maria.StatusUntil = "Maria", false, time.Time{}
		require.NoError(t, w.SavePeople(t.Context(), maria))
		got, err := w.Person(t.Context(), "U1")
		require.NoError(t, err)
		maria.AwayUntil, maria.Delegate = until.Add(time.Hour), "U2"
		require.Equal(t, maria, got)
	})

	t.Run("a linked address stands for a person", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.person("U1", "maria@example.com")
		w.person("U2", "m.w@old.example")
		linked, err := w.Linked(t.Context(), "m.w@old.example")
		require.NoError(t, err)
		require.Empty(t, linked)
		require.NoError(t, w.Link(t.Context(), "M.W@old.example", "U1", alerts.Actor{UserID: "U1"}))
		require.NoError(t, w.Link(t.Context(), "m.w@old.example", "U1", alerts.Actor{UserID: "U1"}), "twice is once")
		linked, err = w.Linked(t.Context(), "m.W@old.example")
		require.NoError(t, err)
		require.Equal(t, "U1", linked)
		got, err := w.Person(t.Context(), "m.w@old.example")
		require.NoError(t, err)
		require.Equal(t, "U1", got.UserID, "rather than who has the address in Slack")
		all, err := w.Addresses(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, []string{"m.w@old.example", "maria@example.com"}, all)

		w.owned("acme", "M.W@old.example", 100)
		page, total, err := w.Accounts(t.Context(), "maria@example.com", 0, 10)
		require.NoError(t, err)
		require.Equal(t, 1, total)
		require.Equal(t, "acme", page[0].ID)
		w.judged(w.health("1", "acme", journey.HealthRed))
		require.Equal(t, "U1", w.only().Alert.Owner, "alerts find the linked person too")
	})

	t.Run("hand-over", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		maria, ben := w.person("U1", "maria@example.com"), w.person("U2", "ben@example.com")
		w.owned("acme", "Maria@example.com", 100)
		w.owned("globex", "tom@example.com", 100)
		w.judged(w.health("1", "acme", journey.HealthRed), w.health("2", "globex", journey.HealthRed))
		ids, err := w.OwnedBy(t.Context(), "U1", []string{"maria@example.com"})
		require.NoError(t, err)
		require.Equal(t, []string{"acme"}, ids)
		req := alerts.HandoverRequest{ID: "r1", From: maria, To: ben, Addresses: []string{"maria@example.com"}, By: alerts.Actor{UserID: "U9"}}
		hand := func(everywhere bool, accounts ...string) {
			t.Helper()
			require.NoError(t, w.HandOver(t.Context(), req, accounts, everywhere, func(ws *alerts.WorkingSet) { routed().HandOver(ws, req, w.clock.now()) }))
		}
		hand(true, ids...)
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, "ben@example.com", view.Account.Owner)
		require.Equal(t, "U2", view.Live[0].Alert.Owner)
		require.Equal(t, "ben@example.com", view.Live[0].Alert.OwnerRef)
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM messages WHERE kind = 'handover'`))
		hand(true, ids...)
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM messages WHERE kind = 'handover'`), "told once")

		patch := w.event("3", "acme")
		patch.Patch = &journey.Patch{Owner: journey.SetTo("MARIA@example.com")}
		w.judged(patch)
		view, err = w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, "ben@example.com", view.Account.Owner, "the CRM still sends who left")
		require.Len(t, view.Live, 1, "so nothing changed")

		req.From, req.To, req.Addresses = ben, maria, []string{"ben@example.com"}
		hand(true, "acme")
		linked, err := w.Linked(t.Context(), "maria@example.com")
		require.NoError(t, err)
		require.Empty(t, linked, "back again: her address is her own")
		linked, err = w.Linked(t.Context(), "ben@example.com")
		require.NoError(t, err)
		require.Equal(t, "U1", linked)
	})

	t.Run("hand-over of some accounts", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		maria, ben := w.person("U1", "maria@example.com"), w.person("U2", "ben@example.com")
		w.owned("acme", "maria@example.com", 100)
		w.owned("globex", "maria@example.com", 100)
		req := alerts.HandoverRequest{ID: "r1", From: maria, To: ben, Addresses: []string{"maria@example.com"}}
		require.NoError(t, w.HandOver(t.Context(), req, []string{"acme"}, false, func(ws *alerts.WorkingSet) { routed().HandOver(ws, req, w.clock.now()) }))
		for _, account := range []string{"acme", "globex"} {
			patch := w.event("p-"+account, account)
			patch.Patch = &journey.Patch{Owner: journey.SetTo("maria@example.com")}
			w.judged(patch)
		}
		for account, owner := range map[string]string{"acme": "ben@example.com", "globex": "maria@example.com"} {
			view, err := w.AccountView(t.Context(), account)
			require.NoError(t, err)
			require.Equal(t, owner, view.Account.Owner, account)
		}
		linked, err := w.Linked(t.Context(), "maria@example.com")
		require.NoError(t, err)
		require.Empty(t, linked, "her address is hers everywhere else")
	})

	t.Run("waiting alerts and their owners", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.owned("acme", "new@example.com", 100)
		w.judged(w.health("1", "acme", journey.HealthRed))
		ids, err := w.WaitingFor(t.Context(), "New@example.com")
		require.NoError(t, err)
		require.Equal(t, []string{"acme"}, ids)
		a := w.only().Alert
		nobody, err := w.AlertAround(t.Context(), a.ID)
		require.NoError(t, err)
		require.Empty(t, nobody.Owner.UserID)
		maria := w.person("U1", "maria@example.com")
		note := alerts.Input{Do: alerts.DoSetOwner, User: maria, Note: "new@example.com is not in this Slack workspace: Maria stands in"}
		_, err = w.UpdateAlert(t.Context(), a.ID, "", func(a alerts.Alert) (alerts.Result, error) { return routed().Apply(a, note, w.clock.now()) })
		require.NoError(t, err)
		require.Equal(t, note.Note, w.only().Alert.OwnerNote)
		around, err := w.AlertAround(t.Context(), a.ID)
		require.NoError(t, err)
		require.Equal(t, maria, around.Owner)

		said := alerts.Input{Do: alerts.DoNote, By: alerts.Actor{UserID: "U1"}, Note: "first"}
		for _, text := range []string{"first", "last"} {
			said.Note = text
			_, err = w.UpdateAlert(t.Context(), a.ID, "", func(a alerts.Alert) (alerts.Result, error) { return routed().Apply(a, said, w.clock.now()) })
			require.NoError(t, err)
		}
		views, err := w.Alerts(t.Context(), []string{a.ID})
		require.NoError(t, err)
		require.NoError(t, w.AddLastNotes(t.Context(), views))
		require.Len(t, views[0].History, 1)
		require.Equal(t, "last", views[0].History[0].Data.Note)
		require.NoError(t, w.AddLastNotes(t.Context(), nil))
	})

	t.Run("alerts of who left", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.person("U1", "maria@example.com")
		w.owned("acme", "maria@example.com", 100)
		w.judged(w.health("1", "acme", journey.HealthRed))
		orphans, err := w.Orphans(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, orphans)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Email: "maria@example.com", Name: "Maria", Deleted: true}))
		orphans, err = w.Orphans(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, []storage.Orphan{{
			AlertID: w.only().Alert.ID, Owner: alerts.Person{UserID: "U1", Name: "Maria", Email: "maria@example.com"},
		}}, orphans)
	})

	t.Run("who has to be looked up again", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.person("U1", "maria@example.com") // owns an account
		w.person("U2", "ben@example.com")   // owns nothing
		w.person("S3", "")                  // a group
		w.owned("acme", "Maria@Example.com", 100)
		w.clock.pass(time.Hour)
		w.person("U4", "tom@example.com")
		w.owned("globex", "tom@example.com", 100)
		stale, err := w.StaleOwners(t.Context(), w.clock.now(), 10)
		require.NoError(t, err)
		require.Len(t, stale, 1)
		require.Equal(t, "U1", stale[0].UserID)
	})

	t.Run("revenue that nobody owns", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.person("U1", "maria@example.com")
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U2", Email: "left@example.com", Deleted: true}))
		require.NoError(t, w.Link(t.Context(), "m@old.example", "U1", alerts.Actor{}))
		for account, owner := range map[string]string{
			"owned": "Maria@Example.com", "linked": "m@old.example", "left": "left@example.com", "unknown": "x@example.com", "none": "",
		} {
			w.owned(account, owner, int64(len(account))*100)
		}
		w.owned("free", "", 0)
		w.change("churned", func(a *journey.Account) { a.ARR, a.Status = new(int64(1e6)), journey.StatusChurned })
		list, err := w.Unowned(t.Context())
		require.NoError(t, err)
		require.Equal(t, []alerts.UnownedAccount{
			{ID: "unknown", Name: "unknown", ARR: 700, Owner: "x@example.com"},
			{ID: "left", Name: "left", ARR: 400, Owner: "left@example.com"},
			{ID: "none", Name: "none", ARR: 400},
		}, list)
	})
}

func testMerge(t *testing.T, open opener) {
	merge := func(t *testing.T, w *world, old, into string) error {
		t.Helper()
		return w.MergeAccounts(t.Context(), old, into, func(ws *alerts.WorkingSet) {
			routed().Merge(ws, old, into, alerts.Actor{UserID: "U9"}, w.clock.now())
		})
	}

	t.Run("everything moves", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.change("old|1", func(a *journey.Account) {
			a.Name, a.Domain, a.Owner = "Acme Ltd", "acme.old", "maria@example.com"
			a.ARR, a.Contacts = new(int64(100)), []journey.Contact{{Name: "Dana", Role: "champion"}}
		})
		w.change("acme", func(a *journey.Account) { a.Name = "Acme Corp" })
		w.kpi("old|1", "seats", 7)
		w.kpi("acme", "seats", 9)
		w.clock.pass(time.Minute)
		w.kpi("old|1", "seats", 8)
		w.judged(w.health("1", "old|1", journey.HealthRed))
		first := w.only().Alert
		w.clock.pass(time.Minute)
		w.judged(w.health("2", "acme", journey.HealthRed))
		require.NoError(t, w.AddNote(t.Context(), alerts.Note{Account: "old|1", At: w.clock.now(), Text: "hello"}, "n1"))
		usage := w.event("u", "old|1")
		usage.Usage = []alerts.Usage{{Event: "search", Count: 3, At: w.clock.now()}}
		more := w.event("v", "acme")
		more.Usage = []alerts.Usage{{Event: "search", Count: 4, At: w.clock.now()}}
		w.judged(usage, more)

		require.NoError(t, merge(t, w, "old|1", "acme"))
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, view.Live, 1)
		a := view.Live[0].Alert
		require.Equal(t, first.ID, a.ID, "the older stays")
		require.Equal(t, 2, a.Count)
		require.Equal(t, alerts.Key("acme", alerts.HealthShift, ""), a.Key)
		require.Len(t, view.Past, 1)
		require.Equal(t, alerts.MergedInto, view.Past[0].Outcome)
		require.Equal(t, "maria@example.com", view.Account.Owner)
		require.Equal(t, "Dana", view.Account.Contacts[0].Name)
		require.Len(t, view.KPIs[0].Points, 2, "its own value of one moment stays")
		require.InDelta(t, 9, view.KPIs[0].Points[0].Value, 0)
		require.EqualValues(t, 7, w.number(`SELECT count FROM usage_day WHERE account_id = 'acme'`))
		timeline, err := w.Timeline(t.Context(), "old|1", 20, 0)
		require.NoError(t, err)
		require.Equal(t, "acme", timeline.Account.ID)
		for _, table := range []string{"alerts", "conditions", "contacts", "kpis", "usage_day", "notes", "events", "stage_history"} {
			require.Zero(t, w.number(`SELECT count(*) FROM `+table+` WHERE account_id = 'old|1'`), table)
		}

		for _, name := range []string{"old|1", "Acme Ltd", "acme.old", "acme ltd"} {
			found, err := w.FindAccount(t.Context(), name)
			require.NoError(t, err)
			match, sure := found.Sure()
			require.True(t, sure, name)
			require.Equal(t, "acme", match.AccountID, name)
			require.Equal(t, "Acme Corp", match.Name)
		}
		byID, err := w.AccountView(t.Context(), "old|1")
		require.NoError(t, err)
		require.Equal(t, "acme", byID.Account.ID, "a button with the old id goes on working")

		w.clock.pass(time.Minute)
		require.Equal(t, []alerts.EventResult{alerts.ResultUpdated}, w.judged(w.health("3", "old|1", journey.HealthRed)), "its events go there")
		require.Equal(t, 3, w.only().Alert.Count)
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM alerts WHERE status = 'open'`))
		require.Equal(t, []alerts.EventResult{alerts.ResultDuplicate}, w.judged(w.health("3", "old|1", journey.HealthRed)))
		require.Zero(t, w.number(`SELECT count(*) FROM accounts WHERE id = 'old|1' AND (arr IS NOT NULL OR owner <> '')`), "nothing counts twice")

		_, err = w.UpdateAlert(t.Context(), view.Past[0].ID, "", func(a alerts.Alert) (alerts.Result, error) {
			return routed().Apply(a, alerts.Input{Do: alerts.DoReopen, By: alerts.Actor{UserID: "U9"}}, w.clock.now())
		})
		require.ErrorIs(t, err, alerts.ErrReplaced)
	})

	t.Run("chains and mistakes", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		for _, id := range []string{"a", "b", "c"} {
			w.change(id, func(a *journey.Account) { a.Name = "Name " + id })
		}
		require.NoError(t, merge(t, w, "a", "b"))
		require.ErrorIs(t, merge(t, w, "a", "b"), alerts.ErrNotFound, "merged already")
		require.ErrorIs(t, merge(t, w, "b", "a"), alerts.ErrNotFound, "not back")
		require.ErrorIs(t, merge(t, w, "none", "b"), alerts.ErrNotFound)
		req := alerts.HandoverRequest{ID: "h", From: w.person("U1", "x@example.com"), To: w.person("U2", "y@example.com"), Addresses: []string{"x@example.com"}}
		require.NoError(t, w.HandOver(t.Context(), req, []string{"b"}, false, func(*alerts.WorkingSet) {}))
		require.NoError(t, merge(t, w, "b", "c"))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM links WHERE account_id = 'c'`), "a hand-over of the old account goes on")
		w.judged(w.health("1", "a", journey.HealthRed), w.health("2", "b", journey.HealthRed), w.health("3", "c", journey.HealthRed))
		a := w.only().Alert
		require.Equal(t, "c", a.Account)
		require.Equal(t, 3, a.Count)
		found, err := w.FindAccount(t.Context(), "name")
		require.NoError(t, err)
		require.Len(t, found.Matches, 1, "three names of one account")
	})

	t.Run("while events come in", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.change("old", func(a *journey.Account) { a.Name = "Old" })
		w.change("new", func(a *journey.Account) { a.Name = "New" })
		other := w.replica()
		done := make(chan error, 1)
		go func() {
			var err error
			for i := 0; i < 20 && err == nil; i++ {
				e := w.signal("e"+string(rune('a'+i)), "old")
				e.Seq = uint64(i + 1)
				_, err = other.Ingest(t.Context(), []alerts.Event{e}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
					for _, ev := range fresh {
						routed().Ingest(ws, ev, ev.At)
					}
				})
			}
			done <- err
		}()
		require.NoError(t, merge(t, w, "old", "new"))
		require.NoError(t, <-done)
		a := w.only().Alert
		require.Equal(t, "new", a.Account)
		require.Equal(t, 20, a.Count, "no event is lost or counted twice")
		require.Zero(t, w.number(`SELECT count(*) FROM alerts WHERE account_id = 'old'`))
	})
}
