package storage

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// counting counts the statements that go to the database.
type counting struct {
	*sqlx.Tx
	statements int
}

func (c *counting) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	c.statements++
	return c.Tx.QueryxContext(ctx, query, args...)
}

func (c *counting) QueryRowxContext(ctx context.Context, query string, args ...any) *sqlx.Row {
	c.statements++
	return c.Tx.QueryRowxContext(ctx, query, args...)
}

func (c *counting) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	c.statements++
	return c.Tx.ExecContext(ctx, query, args...)
}

func (c *counting) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	c.statements++
	return c.Tx.PrepareContext(ctx, query)
}

// TestABatchIsOneSetOfStatements evaluates one account and then fifty: the statements are the same.
func TestABatchIsOneSetOfStatements(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	rule, err := journey.CompileRule(`count("search") >= 2 && users("search", "30d") >= 1 && kpi("nps") >= 1 && !alert("support").open`)
	require.NoError(t, err)
	m := &journey.Map{ID: "m", Revision: "1", Phases: []journey.Phase{{ID: "p", Milestones: []journey.Milestone{{ID: "a", Rule: rule}}}}}
	rules := &alerts.Rules{Maps: []*journey.Map{m}, Channels: map[string]alerts.Channel{"a": {Slack: "#a"}}, Routes: []alerts.Route{{Name: "default", Channel: "a"}}}

	serial := 0
	tell := func(accounts int) {
		batch := make([]alerts.Event, 2*accounts)
		for i := range batch {
			serial++
			batch[i] = alerts.Event{Source: "test", ID: fmt.Sprint(serial), Account: fmt.Sprint("account-", i/2), At: now, ReceivedAt: now}
			batch[i].Usage = []alerts.Usage{{Event: "search", User: "ann", Count: 1, At: now}}
			if i%2 == 1 {
				batch[i].Usage, batch[i].KPIs = nil, map[string]float64{"nps": float64(serial)}
			}
		}
		_, err := s.Ingest(t.Context(), batch, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			for _, ev := range fresh {
				rules.Ingest(ws, ev, now)
			}
		})
		require.NoError(t, err)
	}
	e := Evaluation{
		Revision: "1", Needs: m.Needs(), Limit: 200, Looks: func(a journey.Account, p *alerts.Position) (some, all bool) { return rules.Looks(a, p, now) },
	}
	statements := func() (accounts, count int) {
		tx, err := s.writer.BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		q := &counting{Tx: tx}
		c := conn{q: q, d: s.dialect, now: now}
		claimed, _, err := c.claimAccounts(t.Context(), e)
		require.NoError(t, err)
		err = c.evaluate(t.Context(), e, alerts.NewWorkingSet(newID), claimed, now, &Evaluated{},
			func(ws *alerts.WorkingSet, p map[string]*alerts.Position) []alerts.Event {
				return rules.Walk(ws, p, now)
			},
			func(ws *alerts.WorkingSet, p map[string]*alerts.Position, fresh []alerts.Event) {
				for _, ev := range fresh {
					rules.Ingest(ws, ev, now)
				}
				rules.Arrive(ws, p, now)
			})
		require.NoError(t, err)
		require.NoError(t, tx.Commit())
		return len(claimed), q.statements
	}
	tell(1)
	tell(1)
	accounts, first := statements()
	require.Equal(t, 1, accounts)
	tell(50)
	tell(50)
	now = now.Add(time.Minute)
	accounts, many := statements()
	require.Equal(t, 50, accounts)
	require.LessOrEqual(t, many, first+1, "%d statements for one account, %d for fifty: only the history of those known before comes beside that of the new ones", first, many)
	require.Less(t, many, 50)
}
