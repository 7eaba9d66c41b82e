package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/migrations"
	"journeybot/storage"
	"journeybot/storage/storagetest"
)

func withCancel(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

func testMigrate(t *testing.T, open opener) {
	t.Run("twice does nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.Ready(t.Context()))
		applied, err := w.Migrate(t.Context())
		require.NoError(t, err)
		require.Zero(t, applied)
	})
}

func testMigrateAtOnce(t *testing.T, url string) {
	before, err := storage.Open(t.Context(), storage.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, before.Close()) })
	require.ErrorContains(t, before.Ready(t.Context()), "journeybot migrate")

	var applied atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := storage.Open(t.Context(), storage.Config{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			n, err := s.Migrate(t.Context())
			if err != nil {
				t.Error(err)
			}
			applied.Add(int64(n))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	steps, err := migrations.Latest()
	require.NoError(t, err)
	require.Equal(t, steps, applied.Load(), "each step by one of them")
	require.NoError(t, before.Ready(t.Context()))
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, testMigrateAtOnce)
}

// TestMain also is the process that TestKilledWhileMigrating kills.
func TestMain(m *testing.M) {
	if url := os.Getenv("STORAGE_TEST_MIGRATE"); url != "" {
		s, err := storage.Open(context.Background(), storage.Config{URL: url})
		if err == nil {
			_, err = s.Migrate(context.Background())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestKilledWhileMigrating(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		killed := 0
		for pause := 10 * time.Millisecond; ; pause = pause * 5 / 4 {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "STORAGE_TEST_MIGRATE="+url)
			var said bytes.Buffer
			cmd.Stderr = &said
			require.NoError(t, cmd.Start())
			kill := time.AfterFunc(pause, func() { _ = cmd.Process.Kill() })
			err := cmd.Wait()
			kill.Stop()
			if err == nil {
				break
			}
			require.Empty(t, said.String(), "what was killed before does not stop the next")
			killed++
		}
		require.Positive(t, killed)
		s, err := storage.Open(t.Context(), storage.Config{URL: url})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		require.NoError(t, s.Ready(t.Context()))
		applied, err := s.Migrate(t.Context())
		require.NoError(t, err)
		require.Zero(t, applied)
	})
}

// onBoth runs a test on a fresh database of each kind.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storagetest.SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, storagetest.Postgres(t))
	})
}

func TestWrongURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "mysql://u:secret@h/d", "postgres://u:sec#ret@h:x/d", "postgres://u:secret@h:port/d", "postgres://u:secret@h/d?sslmode=secret",
		"sqlite:", "sqlite::memory:", "secret",
	} {
		_, err := storage.Open(t.Context(), storage.Config{URL: url})
		require.ErrorContains(t, err, "DATABASE_URL", url)
		require.NotContains(t, err.Error(), "sec", url)
		require.False(t, storage.IsRetryable(err))
	}
}

func TestOpenWithoutServer(t *testing.T) {
	t.Parallel()
	s, err := storage.Open(t.Context(), storage.Config{URL: "postgres://u:secret@127.0.0.1:1/d?sslmode=disable"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	err = s.Ready(t.Context())
	require.ErrorContains(t, err, "DATABASE_URL")
	require.NotContains(t, err.Error(), "secret")
	require.True(t, storage.IsRetryable(err))
	_, err = s.Migrate(t.Context())
	require.True(t, storage.IsRetryable(err), "%v", err)
}

func TestSQLitePathWithOddCharacters(t *testing.T) {
	t.Parallel()
	w := openOn(func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "a dir", "50%?#ü.db") })(t)
	w.ingest(w.signal("1", "acme"))
	require.FileExists(t, w.url[len("sqlite:"):])
}

func TestSQLiteKeepsItsPromise(t *testing.T) {
	t.Parallel()
	w := openOn(storagetest.SQLite)(t)
	require.Equal(t, "wal", w.text(`PRAGMA journal_mode`))
}

// A server that stops and comes back: errors are worth a retry, and nothing that was committed is lost.
func TestServerAway(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	w := openOn(func(testing.TB) string { return server.URL() })(t)
	w.ingest(w.signal("1", "acme"))
	server.Stop()
	_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("2", "acme")}, rules)
	require.Error(t, err)
	require.True(t, storage.IsRetryable(err), "%v", err)
	err = w.Ready(t.Context())
	require.True(t, storage.IsRetryable(err), "%v", err)
	server.Start()
	require.NoError(t, w.Ready(t.Context()))
	require.Equal(t, []alerts.EventResult{alerts.ResultDuplicate, alerts.ResultUpdated}, w.ingest(w.signal("1", "acme"), w.signal("2", "acme")))
}

// A transaction whose connection is cut rolls back as a whole and can be done again.
func TestKilledTransaction(t *testing.T) {
	t.Parallel()
	w := openOn(storagetest.Postgres)(t)
	db := w.db()
	_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("1", "acme")}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
		rules(ws, fresh)
		_, err := db.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
	})
	require.Error(t, err)
	require.True(t, storage.IsRetryable(err), "%v", err)
	require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))
}

// A frozen server does not hold a call longer than its context, and goes on where it was.
func TestServerFrozen(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	w := openOn(func(testing.TB) string { return server.URL() })(t)
	w.change("acme", func(a *journey.Account) { a.Name = "Acme Corp" })
	server.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	done := make(chan error, 3)
	patient := make(chan error, 1)
	go func() { done <- w.Ready(ctx) }()
	go func() { _, err := w.FindAccount(ctx, "acme"); done <- err }()
	go func() { _, err := w.Ingest(ctx, []alerts.Event{w.signal("1", "acme")}, rules); done <- err }()
	go func() { _, err := w.FindAccount(t.Context(), "acme"); patient <- err }()
	for range cap(done) {
		select {
		case err := <-done:
			require.Error(t, err)
			require.True(t, storage.IsRetryable(err), "%v", err)
		case <-time.After(30 * time.Second):
			t.Fatal("a call outlived its context")
		}
	}
	server.Resume()
	require.NoError(t, <-patient, "who has time gets the answer")
	require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))
}

// Without the right to create pg_trgm the bot still migrates and finds misspelt names.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	admin, err := sqlx.Open("postgres", server.URL())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	for _, statement := range []string{
		`CREATE ROLE bot LOGIN`, `CREATE SCHEMA bot AUTHORIZATION bot`, `REVOKE CREATE ON DATABASE postgres FROM PUBLIC`,
	} {
		_, err := admin.Exec(statement)
		require.NoError(t, err)
	}
	url := "postgres://bot@" + server.URL()[len("postgres://postgres@"):]
	w := openOn(func(testing.TB) string { return url })(t)
	require.Zero(t, w.number(`SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'`))
	w.change("acme", func(a *journey.Account) { a.Name = "Acme Corp" })
	found, err := w.FindAccount(t.Context(), "acmee")
	require.NoError(t, err)
	require.Len(t, found.Matches, 1)
}

func TestServesWithoutRightsToTheSchema(t *testing.T) {
	t.Parallel()
	url := storagetest.Postgres(t)
	owner, err := storage.Open(t.Context(), storage.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, owner.Close()) })
	_, err = owner.Migrate(t.Context())
	require.NoError(t, err)

	db, err := sqlx.Open("postgres", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	role := fmt.Sprintf("least%d", os.Getpid())
	for _, statement := range []string{
		`CREATE ROLE ` + role + ` LOGIN`,
		`REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ` + role,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	bot, err := storage.Open(t.Context(), storage.Config{URL: strings.Replace(url, "postgres@", role+"@", 1)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bot.Close()) })
	require.NoError(t, bot.Ready(t.Context()))
	applied, err := bot.Migrate(t.Context())
	require.NoError(t, err)
	require.Zero(t, applied)
	_, err = bot.Ingest(t.Context(), []alerts.Event{{Source: "s", ID: "1", Type: "growth.touch.logged", Account: "acme"}}, func(*alerts.WorkingSet, []alerts.Event) {})
	require.NoError(t, err)
}
