package storage_test

import (
	"fmt"
	"testing"

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
