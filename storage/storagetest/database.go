package storagetest

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/lib/pq" // the driver "postgres"
)

// shared is the one server of this test process; its guard removes it at the end.
var shared = sync.OnceValues(start)

// Postgres returns the URL of a fresh, empty database that is dropped when the test ends: on the server of
// TEST_DATABASE_URL (whose user may create databases), else on one that all tests of this process share. Without Postgres
// the test is skipped, under CI=true it fails.
func Postgres(tb testing.TB) string {
	tb.Helper()
	admin := os.Getenv("TEST_DATABASE_URL")
	if admin == "" {
		s, err := shared()
		if err != nil {
			missing(tb, err)
		}
		admin = s.URL()
	}
	name := "journeybot_" + strings.ToLower(rand.Text()[:12])
	execute(tb, admin, "CREATE DATABASE "+name)
	tb.Cleanup(func() { execute(tb, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		tb.Fatal("TEST_DATABASE_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

// SQLite returns the URL of a database file that does not exist yet, in a directory that goes with the test.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "journeybot.db")
}

func execute(tb testing.TB, admin, statement string) {
	tb.Helper()
	db, err := sql.Open("postgres", admin)
	if err == nil {
		_, err = db.Exec(statement)
	}
	if err != nil {
		tb.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}
