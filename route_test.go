package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const routedGrowth = `timezone: Europe/Berlin
channels:
  alerts: {slack: "#cs-alerts"}
  urgent: {slack: "#cs-urgent"}
fallback: {channel: alerts, owner: "group:@cs-leads"}
routes:
  - name: big red
    when: kind == "health_shift" and (account.arr >= 50000 or account.tier == "gold")
    channel: urgent
    severity: critical
    continue: true
  - {name: leads, when: kind == "pql", channel: alerts, owner: sales_owner}
  - {name: red, when: signal.to == "red", channel: alerts, owner: account_owner}
  - {name: default, channel: alerts, owner: account_owner}
`

const (
	turnsRed   = `{"id": "e1", "source": "crm", "type": "growth.signal.health_shift", "subject": "acme", "time": "2026-11-24T07:10:00Z", "data": {"to": "red", "score": 44}}`
	staysGreen = `{"id": "e2", "source": "crm", "type": "growth.signal.health_shift", "subject": "acme", "time": "2026-11-24T07:20:00Z", "data": {"to": "green", "score": 82}}`
	lead       = `{"id": "e3", "source": "crm", "type": "growth.signal.pql", "subject": "globex", "time": "2026-11-24T07:30:00Z", "data": {"score": 86}}`
	usage      = `{"id": "e4", "source": "app", "type": "growth.kpi.reported", "subject": "acme", "time": "2026-11-24T07:40:00Z", "data": {"kpis": {"seats": 4}}}`
)

func TestRouteExplainsRuleByRule(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Setenv("GROWTH_CONFIG", file("growth.yaml", routedGrowth))
	t.Setenv("DATA_DIR", filepath.Join(dir, "none"))
	acme := file("acme.json", `{"name": "Acme Corp", "arr": 84000, "owner": "maria@example.com"}`)

	out, code := run(t, "route", "--at", "2026-11-24T08:00:00Z", "--account", acme, "--event", file("red.json", turnsRed))
	require.Zero(t, code, out)
	head, body, _ := strings.Cut(out, "\n")
	require.Contains(t, head, "growth.yaml, revision ")
	require.Equal(t, `event      growth.signal.health_shift e1, as of Tue 24 Nov 2026 08:10 CET
account    Acme Corp (as --account says; nothing else is known: there is no database yet)
result     opens an alert (44 (red))

routes, in their order
  ✓  big red: kind == "health_shift" and (account.arr >= 50000 or account.tier == "gold") → urgent
       because kind is health_shift, account.arr is 84000, account.tier is unknown
  ✗  leads: kind == "pql"
       not kind == "pql": kind is health_shift
  ✓  red: signal.to == "red" → alerts
       because signal.to is red
  -  default: not asked, a route before it took the alert

severity   critical, judged as high (route big red)
channel    urgent → #cs-urgent, alerts → #cs-alerts
owner      maria@example.com, asked for account_owner (route red)
playbook   health-red (the first that is for it)
escalation critical: after 30m remind the owner, after 1h mention @cs-leads, after 2h post to alerts, in the hours of default (by severity)
held by    nothing, it is shown at once
`, body)

	out, code = run(t, "route", "--offline", "--at", "2026-11-24T08:00:00Z", "--event", file("all.json", "["+strings.Join([]string{turnsRed, turnsRed[:9] + `9` + turnsRed[9:], staysGreen, staysGreen, strings.Replace(staysGreen, "e2", "e7", 1), lead, usage}, ",")+"]"))
	require.Zero(t, code, out)
	for _, says := range []string{
		"--- event 7 of 7",
		"not account.arr >= 50000: account.arr is unknown", `not account.tier == "gold": account.tier is unknown`,
		"result     opens an alert (44 (red))", "result     updates the alert that is live (44 (red))", "Were it the first of its kind",
		"result     ends the alert that is live (82 (green))", "result     no alert: good, or below every threshold (82 (green))",
		"result     nothing: an event of this source and id came before", "result     no alert: it updates what is known", "owner      group:@cs-leads, asked for sales_owner (route leads)",
	} {
		require.Contains(t, out, says)
	}
}

func TestRouteSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DATA_DIR", dir)
	path := filepath.Join(dir, "event.json")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(turnsRed, `"red"`, `"rd"`, 1)), 0o600))
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"route"}, "--event: a FILE with the event"},
		{[]string{"route", "--event", path, "--at", "noon"}, "--at: a time like"},
		{[]string{"route", "--event", filepath.Join(dir, "none.json")}, "no such file"},
		{[]string{"route", "--event", path}, "event 1: data.to"},
	} {
		out, code := run(t, c.args...)
		require.Equal(t, exitSettings, code, "%v: %s", c.args, out)
		require.Contains(t, out, c.says)
	}
}
