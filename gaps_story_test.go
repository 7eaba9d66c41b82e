package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

const gapsFile = `
channels:
  alerts: {slack: "#cs-alerts"}
routes:
  - {name: default, channel: alerts, owner: account_owner}
permissions: {operate: "group:@cs-leads"}
use: [customer-led]
`

func TestStoryWhereAccountsStop(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "growth.yaml")
			setup := setup{external: true, env: map[string]string{"GROWTH_CONFIG": file}}
			text, chart := gapsFile, `"type":"data_visualization"`
			if database == "postgres" {
				setup.database, setup.charts = storagetest.Postgres(t), true
				text, chart = gapsFile+"charts: png\n", `"slack_file":{"id":"F`
			}
			writeFile(t, file, text)
			w := newWorld(t, setup)
			w.run()
			tellGapsStory(t, w, chart)
		})
	}
}

// uses has an account use the product since some days, so often each.
func (w *world) uses(account string, daysAgo int, counts map[string]int) {
	w.tb.Helper()
	at := time.Now().UTC().AddDate(0, 0, -daysAgo).Format(time.RFC3339)
	items := make([]map[string]any, 0, len(counts))
	for event, n := range counts {
		items = append(items, map[string]any{"event": event, "count": n, "user": "ann@" + account, "at": at})
	}
	w.publish("growth.usage.tracked", account, map[string]any{"items": items})
}

func tellGapsStory(t *testing.T, w *world, chart string) {
	t.Helper()
	accounts := map[string]struct {
		name, segment, owner string
		arr                  int
	}{
		"acme": {"Acme Corp", "enterprise", "maria@example.com", 84000}, "globex": {"Globex", "enterprise", "tom@example.com", 52000},
		"hooli": {"Hooli", "smb", "maria@example.com", 9600}, "initech": {"Initech", "smb", "ben@example.com", 31000},
	}
	for id, a := range accounts {
		w.publish("growth.account.updated", id, map[string]any{"name": a.name, "segment": a.segment, "arr": a.arr, "owner": a.owner})
	}
	for n := range 3 { // these went from first value to value realization in ten days
		id := fmt.Sprintf("other%d", n)
		w.publish("growth.account.updated", id, map[string]any{"name": "Other " + id, "segment": "enterprise"})
		w.uses(id, 60, map[string]int{"search": 6, "list": 1})
		w.uses(id, 50, map[string]int{"search": 6, "list": 2, "export": 2})
	}
	w.uses("acme", 20, map[string]int{"search": 7, "list": 2})
	w.uses("globex", 30, map[string]int{"search": 12, "list": 2})
	w.uses("hooli", 3, map[string]int{"search": 5})
	w.uses("initech", 1, map[string]int{"search": 2})

	// One account: where it stands, why, and what is missing.
	w.until("Acme stands at First value", func() bool { return strings.Contains(w.slash("maria", "/journey acme").raw, "First value") })
	w.until("the others are far", func() bool { return strings.Contains(w.slash("maria", "/journey other2").raw, "Value realization") })
	card := w.slash("maria", "/journey acme").raw
	for _, says := range []string{"First value ■│■□│□□ 2 of 5", "Evaluation", "20 days (median 10)", "For Value realization", "searches 7 of 10, lists 2 of 2, exports 0 of 2", "When my team looks"} {
		require.Contains(t, card, says)
	}
	why := w.slash("maria", "/journey acme why").raw
	for _, says := range []string{"✓ *First search* reached", "✗ *Value realization* not reached", "searches 7 of 10 (no), lists 2 of 2 (yes), exports 0 of 2 (no)"} {
		require.Contains(t, why, says)
	}
	require.Contains(t, w.slash("maria", "/journey why acme").raw, "✗ *Value realization*")
	require.Contains(t, w.slash("maria", "/journey acme timeline").raw, "Stage: First value")

	// Who needs little.
	w.until("all usage is known", func() bool {
		next := w.slash("maria", "/journey next").raw
		return strings.Contains(next, "2 exports from Value realization") && strings.Contains(next, "1 list from First value")
	})
	next := w.slash("maria", "/journey next").raw
	for _, says := range []string{"*Globex* · €52,000 ARR", "2 exports from Value realization", "*Hooli*", "1 list from First value"} {
		require.Contains(t, next, says)
	}
	require.NotContains(t, next, "Acme Corp", "two kinds of action are missing there")
	require.Less(t, strings.Index(next, "Globex"), strings.Index(next, "Hooli"), "most ARR first")
	mine := w.slash("maria", "/journey next mine").raw
	require.Contains(t, mine, "Hooli")
	require.NotContains(t, mine, "Globex")

	// Where most stop.
	gaps := w.slash("maria", "/journey gaps")
	for _, says := range []string{
		"3 of 3 stop before Continued value", "3 of 3 accounts (100 %) stop between Value realization and Continued value", chart, "By ARR",
		"€136k ARR stops between First value and Value realization",
	} {
		require.Contains(t, gaps.raw, says)
	}
	if file := regexp.MustCompile(`"slack_file":\{"id":"(F[^"]+)"`).FindStringSubmatch(gaps.raw); file != nil {
		_, picture, ok := w.slack.FileContent(file[1])
		require.True(t, ok)
		require.Equal(t, "image/png", http.DetectContentType(picture))
		require.Contains(t, gaps.raw, "Bar chart: Share that came this far. Accounts: First search 100 %")
	}
	enterprise := w.slash("aiko", "/journey gaps Enterprise")
	require.Contains(t, enterprise.raw, "segment Enterprise")
	require.Contains(t, w.slash("aiko", "/journey gaps smb 90d").raw, "2 accounts · segment smb · first heard of in the last 90 days")
	require.Contains(t, w.slash("aiko", "/journey gaps enterpise").raw, "gaps enterprise")

	// One gap is the priority: only those who may operate pin it.
	w.click("tom", w.slash("tom", "/journey gaps"), "gap.pin")
	w.tells("tom", "general", "Only the members of @cs-leads may do this")
	pinsGap(t, w, w.slash("aiko", "/journey gaps"))
	w.until("the report tells the priority", func() bool {
		return strings.Contains(w.slash("ben", "/journey gaps").raw, "(target 50 %, Onboarding)")
	})
}

// pinsGap has Aiko pin the biggest gap, after a target that there is not.
func pinsGap(t *testing.T, w *world, report post) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.click("aiko", report, "gap.pin")
	w.until("the form is open", func() bool { return len(w.slack.Views("aiko")) == 1 })
	form := w.slack.Views("aiko")[0]
	fill := func(target string) []slacksim.Input {
		return []slacksim.Input{
			{BlockID: "gap_team", ActionID: "gap_team", Values: []string{"Onboarding"}},
			{BlockID: "gap_target", ActionID: "gap_target", Values: []string{target}},
		}
	}
	refused, err := w.slack.Submit(ctx, "aiko", form.ID, fill("many"))
	require.NoError(t, err)
	require.Contains(t, refused.Errors["gap_target"], "from 1 to 100")
	done, err := w.slack.Submit(ctx, "aiko", form.ID, fill("50"))
	require.NoError(t, err)
	require.Empty(t, done.Errors)
}
