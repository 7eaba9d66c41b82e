package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"journeybot/alerts"
)

// prefsRow is what no query asks for of a person's preferences, as JSON; times of day are minutes.
type prefsRow struct {
	NoDigest  bool   `json:"no_digest,omitempty"`
	DigestAt  *int64 `json:"digest_at,omitempty"`
	QuietFrom int64  `json:"quiet_from,omitempty"`
	QuietTo   int64  `json:"quiet_to,omitempty"`
}

type preferencesRow struct {
	Prefs     jsonText[prefsRow] `db:"prefs"`
	AwayUntil int64              `db:"away_until"`
	Delegate  string             `db:"delegate"`
}

func (r preferencesRow) preferences() alerts.Preferences {
	chosen := r.Prefs.value
	p := alerts.Preferences{
		NoDigest: chosen.NoDigest, QuietFrom: time.Duration(chosen.QuietFrom) * time.Minute, QuietTo: time.Duration(chosen.QuietTo) * time.Minute,
		AwayUntil: instant(r.AwayUntil), Delegate: r.Delegate,
	}
	if chosen.DigestAt != nil {
		p.DigestAt = new(time.Duration(*chosen.DigestAt) * time.Minute)
	}
	return p
}

const (
	sqlPreferences     = `SELECT prefs, away_until, delegate FROM people WHERE user_id = ?`
	preferencesColumns = personColumns + `, prefs text, away_until bigint, delegate text`
	sqlSetPreferences  = `ON CONFLICT (user_id) DO UPDATE SET prefs = excluded.prefs, away_until = excluded.away_until, delegate = excluded.delegate`
)

// Preferences are what a person chose; the zero ones while nothing is known of the person.
func (s *Store) Preferences(ctx context.Context, userID string) (alerts.Preferences, error) {
	var row preferencesRow
	err := s.read().get(ctx, &row, sqlPreferences, userID)
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return alerts.Preferences{}, fmt.Errorf("read preferences: %w", err)
	}
	return row.preferences(), nil
}

// SetPreferences replaces what a person chose.
func (s *Store) SetPreferences(ctx context.Context, userID string, p alerts.Preferences) error {
	chosen := prefsRow{NoDigest: p.NoDigest, QuietFrom: int64(p.QuietFrom / time.Minute), QuietTo: int64(p.QuietTo / time.Minute)}
	if p.DigestAt != nil {
		chosen.DigestAt = new(int64(*p.DigestAt / time.Minute))
	}
	var e encoder
	// Somebody whom the directory does not know yet is looked up as if this row were not there: it was never checked.
	row := append(personValues(alerts.Person{UserID: userID}), e.text(chosen), micros(p.AwayUntil), p.Delegate)
	if e.err != nil {
		return fmt.Errorf("encode preferences: %w", e.err)
	}
	if _, err := s.write().each(ctx, insert("people", preferencesColumns, sqlSetPreferences), preferencesColumns, [][]any{row}); err != nil {
		return fmt.Errorf("set preferences: %w", err)
	}
	return nil
}

const sqlOwners = `SELECT ` + knownPerson + `, prefs FROM people p WHERE p.user_id IN (SELECT owner FROM alerts WHERE owner <> '' AND ` + liveStatus + `)
	OR p.user_id IN (SELECT owner FROM alerts WHERE owner <> '' AND closed_at > 0 AND closed_at >= ?) ORDER BY p.user_id`

// Owner is somebody who owns alerts, with what that person chose.
type Owner struct {
	Person alerts.Person
	Chosen alerts.Preferences
}

// Owners are the people who own live alerts, or owned some that ended since then.
func (s *Store) Owners(ctx context.Context, since time.Time) ([]Owner, error) {
	var rows []struct {
		personRow
		Prefs jsonText[prefsRow] `db:"prefs"`
	}
	if err := s.read().list(ctx, &rows, sqlOwners, micros(since)); err != nil {
		return nil, fmt.Errorf("list owners: %w", err)
	}
	owners := make([]Owner, len(rows))
	for i, row := range rows {
		owners[i] = Owner{Person: row.person(), Chosen: preferencesRow{Prefs: row.Prefs, AwayUntil: row.AwayUntil, Delegate: row.Delegate}.preferences()}
	}
	return owners, nil
}
