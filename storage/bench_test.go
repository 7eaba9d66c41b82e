package storage_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/storage/storagetest"
)

// BenchmarkIngest counts events committed per second, and beside it the raw bound measured in the same run: the rows that the
// events left, by bare INSERTs (storagetest.Raw). Every tenth event is a repeat about a live alert.
func BenchmarkIngest(b *testing.B) {
	for _, db := range []struct {
		name  string
		fresh func(testing.TB) string
	}{
		{"sqlite", storagetest.SQLite},
		{"postgres", storagetest.Postgres},
	} {
		b.Run(db.name, func(b *testing.B) { benchmarkIngest(b, openOn(db.fresh)(b), db.fresh(b)) })
	}
}

const benchBatch = 200

func benchmarkIngest(b *testing.B, w *world, other string) {
	serial, batches := 0, 0
	for b.Loop() {
		batch := make([]alerts.Event, benchBatch)
		for i := range batch {
			serial++
			account := serial
			if serial%10 == 0 {
				account = serial / 2
			}
			batch[i] = w.signal(fmt.Sprintf("%08d", serial), fmt.Sprintf("account-%08d", account))
		}
		_, err := w.Ingest(b.Context(), batch, rules)
		require.NoError(b, err)
		batches++
	}
	took := b.Elapsed()
	raw := storagetest.Raw(b, w.url, other, batches)
	b.ReportMetric(float64(serial)/took.Seconds(), "events/s")
	b.ReportMetric(float64(serial)/raw.Seconds(), "raw_events/s")
	b.ReportMetric(raw.Seconds()/took.Seconds(), "of_raw")
}

// BenchmarkEvaluate counts usage events committed and evaluated per second where 1,000, 100,000 and 1,000,000 accounts are known, and how much
// processor time an event takes against the first: the work grows with the news, not with the accounts. EVALUATE_ACCOUNTS names other sizes.
func BenchmarkEvaluate(b *testing.B) {
	sizes := []int{1_000, 100_000, 1_000_000}
	if list := os.Getenv("EVALUATE_ACCOUNTS"); list != "" {
		words := strings.Split(list, ",")
		sizes = make([]int, len(words))
		for i, word := range words {
			var err error
			sizes[i], err = strconv.Atoi(word)
			require.NoError(b, err)
		}
	}
	base := 0.0
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			perEvent := benchmarkEvaluate(b, n)
			if base == 0 {
				base = perEvent
			}
			b.ReportMetric(perEvent/base, "of_first")
		})
	}
}

// benchmarkEvaluate returns the seconds of processor time that one event took.
func benchmarkEvaluate(b *testing.B, accounts int) float64 {
	w := openOn(storagetest.SQLite)(b)
	r := walking(b, "1")
	w.use(r)
	w.populate(accounts)
	random := rand.New(rand.NewPCG(1, 2))
	began := cpu()
	events := 0
	for b.Loop() {
		batch := make([]alerts.Event, benchBatch)
		for i := range batch {
			events++
			batch[i] = w.event(fmt.Sprint("bench ", events), fmt.Sprintf("account-%07d", random.IntN(accounts)))
			batch[i].Usage = []alerts.Usage{{Event: "search", User: fmt.Sprint("u", random.IntN(20)), Count: 1, At: w.clock.now()}}
		}
		w.judged(batch...)
		for {
			done, err := w.walk(w.Store, r, evaluation(w, r, benchBatch))
			require.NoError(b, err)
			if done.Accounts == 0 {
				break
			}
		}
		w.clock.pass(10 * time.Second)
	}
	used := (cpu() - began).Seconds() / float64(events)
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(used*1e6, "cpu_µs/event")
	return used
}

// cpu is the processor time that this process used: what else the machine does leaves it alone.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // never fails for the process itself
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// populate makes accounts that were evaluated once, by copying one.
func (w *world) populate(accounts int) {
	w.tb.Helper()
	r := walking(w.tb, "1")
	w.did("account-0000000", "search", "ann", 3)
	w.settle(r)
	db := w.db()
	for table, columns := range map[string]string{
		"accounts":           "name, segment, created_at, journey_at, maps_rev, map, stage, stage_at",
		"standings":          "map, revision, through, body",
		"account_milestones": "map, milestone, reached_on, since_on, lost_on, good_on, expect_on, dropped_on, took",
		"usage_day":          "event, day, persona, count, users, sketch",
	} {
		id := "account_id"
		if table == "accounts" {
			id = "id"
		}
		_, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO `+table+` (`+id+`, `+columns+`) SELECT printf('account-%07d', i), `+columns+` FROM n, `+table+` WHERE `+id+` = 'account-0000000'`, accounts-1)
		require.NoError(w.tb, err, table)
	}
	_, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`) // or the first batches would do it
	require.NoError(w.tb, err)
}
