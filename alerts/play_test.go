package alerts_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

// played is a day with two playbooks for health: three steps, of which one is optional and one is for sales.
func played(t *testing.T) (*alerts.Rules, alerts.Alert) {
	t.Helper()
	text := func(source string) *alerts.Text {
		compiled, err := alerts.CompileText(source)
		require.NoError(t, err)
		return compiled
	}
	health, err := alerts.CompileWhen(`kind == "health_shift"`)
	require.NoError(t, err)
	r := rules()
	r.Escalations = map[string]alerts.Escalation{"mine": {Name: "mine", RemindAfter: 5 * day, UnacknowledgeAfter: 2 * day}}
	r.Playbooks = []alerts.Playbook{
		{Name: "rescue", For: health, Steps: []alerts.Step{
			{ID: "call", Title: text("Call {{.Account.Champion.Name}}"), Due: day},
			{ID: "paper", Title: text("Send the paper"), Role: alerts.RoleSales, Due: day},
			{ID: "gift", Title: text("Send a gift"), Due: day, Optional: true},
			{ID: "plan", Title: text("Agree plan"), Due: 3 * day},
		}},
		{Name: "calm", For: health, Steps: []alerts.Step{{ID: "call", Title: text("Look"), Due: 2 * day}}},
		{Name: "sell", Steps: []alerts.Step{{ID: "call", Title: text("Sell")}}},
	}
	a := in(alerts.Open)
	a.Playbook, a.Escalation, a.Play, a.StepAt = "rescue", "mine", alerts.Play{}, time.Time{}
	return r, a
}

func apply(t *testing.T, r *alerts.Rules, a alerts.Alert, in alerts.Input, at time.Time) alerts.Result {
	t.Helper()
	result, err := r.Apply(a, in, at)
	require.NoError(t, err)
	return result
}

func TestOverdueSteps(t *testing.T) {
	t.Parallel()
	r, a := played(t)
	me := alerts.Actor{UserID: maria, Name: "Maria"}
	require.Zero(t, a.TaskAt, "nobody is on it")
	a = apply(t, r, a, alerts.Input{Do: alerts.DoAck, By: me}, now).Alert
	require.Equal(t, now.Add(day), a.TaskAt)
	require.Equal(t, a.TaskAt, a.DueAt(), "the scheduler sees it")

	around := alerts.Around{
		Owner: alerts.Person{UserID: maria, Name: "Maria"}, Sales: alerts.Person{UserID: "U0TOM", Name: "Tom"},
		Account: journey.Account{Name: "Acme Corp", Contacts: []journey.Contact{{Name: "Dana <Weiss>", Role: journey.RoleChampion}}},
	}
	fired := apply(t, r, a, alerts.Input{Do: alerts.DoTimers, Around: around}, now.Add(day))
	said := map[alerts.Target]string{}
	for _, p := range fired.Places {
		var n alerts.Notice
		require.NoError(t, json.Unmarshal(p.Body, &n))
		said[p.Target] = n.Text
	}
	require.Len(t, said, 2)
	require.Contains(t, said["@"+maria], "“Call Dana &lt;Weiss&gt;” is overdue since")
	require.NotContains(t, said["@"+maria], "gift")
	require.Contains(t, said["@U0TOM"], "“Send the paper” is overdue since")
	require.Equal(t, alerts.Acknowledged, fired.Alert.Status)
	a = fired.Alert
	require.Equal(t, now.Add(3*day), a.TaskAt, "each step is told once")

	again := apply(t, r, a, alerts.Input{Do: alerts.DoTimers, Around: around}, now.Add(day+time.Hour))
	require.Empty(t, again.Places)

	idle := apply(t, r, a, alerts.Input{Do: alerts.DoTimers, Around: around}, now.Add(2*day))
	require.Equal(t, alerts.Acknowledged, idle.Alert.Status, "whoever has a date ahead is not idle")
	require.Equal(t, now.Add(3*day), idle.Alert.UnackAt)

	for _, step := range []string{"call", "plan", "paper"} {
		a = apply(t, r, a, alerts.Input{Do: alerts.DoTick, By: me, Step: step, Done: true}, now.Add(day)).Alert
	}
	require.Zero(t, a.TaskAt, "what is optional is never overdue")
	a = apply(t, r, a, alerts.Input{Do: alerts.DoTick, By: me, Step: "plan"}, now.Add(day)).Alert
	require.Equal(t, now.Add(3*day), a.TaskAt)

	slept := apply(t, r, a, alerts.Input{Do: alerts.DoSnooze, By: me, Until: now.Add(5 * day)}, now.Add(2*day)).Alert
	require.Zero(t, slept.TaskAt)
	woken := apply(t, r, slept, alerts.Input{Do: alerts.DoTimers, Around: around}, now.Add(5*day))
	require.Contains(t, string(woken.Places[len(woken.Places)-1].Body), "“Agree plan” is overdue", "what came due meanwhile is told on waking")
	require.Zero(t, apply(t, r, a, alerts.Input{Do: alerts.DoUnack, By: me}, now.Add(2*day)).Alert.TaskAt)
}

func TestSwitchingPlaybooks(t *testing.T) {
	t.Parallel()
	r, a := played(t)
	me := alerts.Actor{UserID: maria}
	a = apply(t, r, a, alerts.Input{Do: alerts.DoAck, By: me}, now).Alert
	a = apply(t, r, a, alerts.Input{Do: alerts.DoTick, By: me, Step: "call", Done: true}, now).Alert
	fitting := r.Fitting(alerts.View{Alert: a})
	names := make([]string, 0, len(fitting))
	for _, p := range fitting {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{"rescue", "calm"}, names)

	later := now.Add(day)
	switched := apply(t, r, a, alerts.Input{Do: alerts.DoSwitch, By: me, Playbook: "calm"}, later)
	require.Equal(t, alerts.DidSwitch, switched.History[0].What)
	require.Equal(t, alerts.EntryData{Before: "rescue", After: "calm", Playbook: "calm", Own: true}, switched.History[0].Data)
	require.Equal(t, later.Add(2*day), switched.Alert.TaskAt, "its clock starts anew")
	calm, _ := r.Playbook(switched.Alert)
	require.Zero(t, calm.Done(switched.Alert), "a step of the same name in another playbook is another step")
	require.False(t, apply(t, r, switched.Alert, alerts.Input{Do: alerts.DoSwitch, By: me, Playbook: "calm"}, later).Changed())
	back := apply(t, r, switched.Alert, alerts.Input{Do: alerts.DoSwitch, By: me, Playbook: "rescue"}, later).Alert
	rescue, _ := r.Playbook(back)
	require.Equal(t, 1, rescue.Done(back), "ticks are kept")

	_, err := r.Apply(a, alerts.Input{Do: alerts.DoSwitch, By: me, Playbook: "gone"}, later)
	require.ErrorIs(t, err, alerts.ErrPlaybook)
	_, err = r.Apply(switched.Alert, alerts.Input{Do: alerts.DoTick, By: me, Playbook: "rescue", Step: "call", Done: true}, later)
	require.ErrorIs(t, err, alerts.ErrSwitched)
	_, err = r.Apply(a, alerts.Input{Do: alerts.DoTick, By: me, Step: "gone", Done: true}, later)
	require.ErrorIs(t, err, alerts.ErrPlaybook)
}

func TestActionsAndTheirAnswers(t *testing.T) {
	t.Parallel()
	r, a := played(t)
	asked := alerts.Asked{Playbook: "rescue", Action: "buffer", Label: "Grant buffer", Name: "grant_buffer", Account: "Acme", Data: map[string]any{"percent": 10}}
	in := alerts.Input{Do: alerts.DoAct, By: alerts.Actor{UserID: maria, Name: "Maria"}, Asked: asked}
	did := apply(t, r, a, in, now)
	out := did.Outbound[0]
	require.Equal(t, "journeybot.action.grant_buffer", out.Type)
	require.Equal(t, a.ID, alerts.ActedOn(out.ID))
	var data map[string]any
	require.NoError(t, json.Unmarshal(out.Data, &data))
	require.Equal(t, out.ID, data["action"])
	require.Equal(t, map[string]any{"percent": 10.0}, data["data"])
	require.Equal(t, "acme", data["account"])
	require.Equal(t, out.ID, apply(t, r, a, in, now).Outbound[0].ID, "a decision that is taken twice gives the same event")

	a = did.Alert
	a.Version++
	_, err := r.Apply(a, in, now.Add(time.Minute))
	var acted *alerts.ActedError
	require.ErrorAs(t, err, &acted)
	require.Equal(t, "Maria", acted.Act.By.Name)
	require.Len(t, apply(t, r, a, in, now.Add(11*time.Minute)).Alert.Play.Acts, 2, "after that it may be asked for again")

	ws := alerts.NewWorkingSet(func() string { return "x" })
	ws.Asked[a.ID] = &a
	result := func(id string, ok bool, message string, at time.Time) alerts.EventResult {
		return r.Ingest(ws, alerts.Event{Source: "crm", ID: id, At: at, Result: &alerts.ActionResult{Action: out.ID, OK: ok, Message: message}}, at)
	}
	require.Equal(t, alerts.ResultUpdated, result("1", false, "Billing is down", now.Add(time.Minute)))
	act := ws.Asked[a.ID].Play.Acts[0]
	require.False(t, act.OK)
	require.Equal(t, "Billing is down", act.Message)
	require.True(t, ws.Changes.Results[0].History[0].ThreadWorthy(), "an error is told in the thread")
	require.Equal(t, alerts.ResultUpdated, result("2", true, "Done", now.Add(2*time.Minute)))
	require.Equal(t, alerts.ResultStale, result("3", false, "older", now.Add(time.Second)))
	require.True(t, ws.Asked[a.ID].Play.Acts[0].OK)
	require.Equal(t, []alerts.Act{ws.Asked[a.ID].Play.Acts[0]}, ws.Asked[a.ID].Play.Latest())
	require.Equal(t, alerts.ResultStored, r.Ingest(ws, alerts.Event{ID: "4", Result: &alerts.ActionResult{Action: a.ID + ":action.other:9"}}, now))
	require.Empty(t, alerts.ActedOn("42"))
}

func TestAnswersInForms(t *testing.T) {
	t.Parallel()
	one, forty := 1.0, 40.0
	number := alerts.FormField{Type: alerts.FieldNumber, Min: &one, Max: &forty}
	for name, c := range map[string]struct {
		field  alerts.FormField
		answer string
		value  any
		wrong  string
	}{
		"a number":              {number, " 12.5 ", 12.5, ""},
		"with thousands":        {alerts.FormField{Type: alerts.FieldNumber}, "1,250", 1250.0, ""},
		"too large":             {number, "41", nil, "Write a number from 1 to 40."},
		"too small":             {alerts.FormField{Type: alerts.FieldNumber, Min: &one}, "0", nil, "Write a number from 1 on."},
		"no number":             {number, "many", nil, "Write a number such as 1,250 or 12.5."},
		"infinite":              {alerts.FormField{Type: alerts.FieldNumber}, "inf", nil, "Write a number such as 1,250 or 12.5."},
		"a choice":              {alerts.FormField{Type: alerts.FieldSelect, Options: []string{"a", "b"}}, "b", "b", ""},
		"no such choice":        {alerts.FormField{Type: alerts.FieldSelect, Options: []string{"a"}}, "c", nil, "Choose one of the list."},
		"a day":                 {alerts.FormField{Type: alerts.FieldDate}, "2026-12-01", "2026-12-01", ""},
		"no day":                {alerts.FormField{Type: alerts.FieldDate}, "tomorrow", nil, "Choose a day."},
		"left out":              {alerts.FormField{Type: alerts.FieldText}, " ", nil, "Write something here."},
		"nobody":                {alerts.FormField{Type: alerts.FieldUser}, "", nil, "Choose somebody."},
		"left out, and may be":  {alerts.FormField{Type: alerts.FieldDate, Optional: true}, "", nil, ""},
		"a text keeps its form": {alerts.FormField{Type: alerts.FieldText}, "a\nb", "a\nb", ""},
	} {
		value, wrong := c.field.Check(c.answer)
		require.Equal(t, c.value, value, name)
		require.Equal(t, c.wrong, wrong, name)
	}
}

func TestEveryFieldOfAnAlertIsKnownToBeOfItsKinds(t *testing.T) {
	t.Parallel()
	all := map[string]bool{"Kind": true, "Severity": true, "Status": true, "ShortID": true, "Owner": true, "Count": true, "OpenedAt": true}
	for f := range reflect.TypeFor[alerts.TextAlert]().Fields() {
		source := "{{.Alert." + f.Name
		if f.Type.Kind() == reflect.Struct {
			source += ".Name"
		}
		text, err := alerts.CompileText(source + "}}")
		require.NoError(t, err)
		lacking := 0
		for _, k := range alerts.Kinds {
			if text.FitsKinds([]alerts.Kind{k}) != nil {
				lacking++
			}
		}
		require.Equal(t, all[f.Name], lacking == 0, "%s is of every kind, or of some", f.Name)
		require.Less(t, lacking, len(alerts.Kinds), f.Name)
	}
}

func TestKindsOfAlertsThatAConditionCanHoldFor(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]alerts.Kind{
		`kind == "pql"`: {alerts.PQL},
		`kind in ["pql", "silence"] && account.arr > 5`:       {alerts.PQL, alerts.Silence},
		`signal.percent >= 90`:                                {alerts.UsageLimit},
		`kind == "feedback" && polarity == "risk"`:            {alerts.Feedback},
		`kind == "health_shift" && polarity == "opportunity"`: nil,
		`signal.to == "red"`:                                  {alerts.HealthShift, alerts.ContactChanged},
		`polarity == "neutral" || signal.ticket != ""`:        {alerts.ContactChanged, alerts.Support},
		`account.arr > 5`:                                     alerts.Kinds,
		`not (kind == "pql") && signal.score > 1`:             {alerts.HealthShift, alerts.Feedback},
	} {
		when, err := alerts.CompileWhen(source)
		require.NoError(t, err)
		got := when.Kinds()
		if len(want) == 0 {
			require.Empty(t, got, source)
			continue
		}
		require.Equal(t, want, got, source)
	}
}

func TestTextsOfDrafts(t *testing.T) {
	t.Parallel()
	touched := now.Add(-41 * day)
	v := alerts.View{
		At: now,
		Account: journey.Account{
			Name: "Acme & Söhne", LastTouch: touched, RenewalDate: 20270220, Stage: "first-value", StageAt: now.Add(-3 * day),
			Contacts: []journey.Contact{{Name: "Dana Weiss", Role: journey.RoleChampion, Email: "dana@acme.example"}},
		},
		KPIs: []journey.Series{{Name: "active_users", Points: []journey.Point{{At: now.Add(-2 * day), Value: 41}, {At: now.Add(-day), Value: 30}, {At: now, Value: 19}}}},
	}
	for source, want := range map[string]string{
		`{{ago .Account.LastTouch}}`:                        "41 days ago",
		`{{ago .Account.RenewalDate}}`:                      "in 88 days",
		`{{first .Account.Champion.Name}}`:                  "Dana",
		`{{first .Account.Admin.Name}}`:                     "there",
		`{{kpi "active_users"}} {{kpi "nps"}}`:              "19 unknown",
		`{{sparkline "active_users"}}|{{sparkline "nps"}}`:  "███▅▅▅▅▁|unknown",
		`{{plural .Stage.Days "day" "days"}}`:               "3 days",
		`{{plural (kpi "active_users") "user" "users"}}`:    "19 users",
		`{{if eq .Account.Champion.Email "x"}}a{{end}}b`:    "b",
		`{{.Stage.Name}} since {{date .Stage.Since}}`:       "First value since 21 Nov 2026",
		`{{if .Account.ARR}}{{money .Account.ARR}}{{end}}-`: "-",
	} {
		text, err := alerts.CompileText(source)
		require.NoError(t, err, source)
		require.Equal(t, want, text.Render(v, &alerts.Rules{Milestones: map[string]string{"first-value": "First value"}}), source)
	}
	for source, want := range map[string]string{
		`https://crm.example/{{.Account.Name}}?q={{.Account.Name}}`: "https://crm.example/Acme%20%26%20S%C3%B6hne?q=Acme%20%26%20S%C3%B6hne",
		`{{.Account.CRMURL}}?q={{.Account.Champion.Name}}`:          "https://crm.example/a?b=1?q=Dana%20Weiss",
	} {
		text, err := alerts.CompileText(source)
		require.NoError(t, err, source)
		v.Account.CRMURL = "https://crm.example/a?b=1"
		require.Equal(t, want, text.RenderURL(v, nil), source)
	}
}
