package storage

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"journeybot/alerts"
	"journeybot/journey"
)

const noteColumns = `id text, account_id text, at bigint, actor text, text text, permalink text`

type noteRow struct {
	AccountID string `db:"account_id"`
	At        int64  `db:"at"`
	Actor     string `db:"actor"`
	Text      string `db:"text"`
	Permalink string `db:"permalink"`
}

func (r noteRow) note() alerts.Note {
	return alerts.Note{Account: r.AccountID, At: instant(r.At), By: alerts.Actor{UserID: r.Actor}, Text: r.Text, Permalink: r.Permalink}
}

// AddNote keeps a note on an account's timeline. The same requestID again changes nothing; "" makes every call count.
func (s *Store) AddNote(ctx context.Context, n alerts.Note, requestID string) error {
	id := newID()
	if requestID != "" {
		id = uuid.NewSHA1(uuid.NameSpaceURL, []byte("note:"+requestID)).String()
	}
	row := []any{id, n.Account, micros(n.At), n.By.UserID, n.Text, n.Permalink}
	if _, err := s.write().each(ctx, insert("notes", noteColumns, "ON CONFLICT DO NOTHING"), noteColumns, [][]any{row}); err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	return nil
}

const sqlPeopleNamed = `SELECT ` + knownPerson + ` FROM people
	WHERE deleted = 0 AND (lower(name) = ? OR folded = ? OR folded LIKE ? ESCAPE '\') ORDER BY user_id LIMIT 5`

// PeopleNamed finds cached people by the name that Slack shows, the part of their address before the @, or the whole of it.
func (s *Store) PeopleNamed(ctx context.Context, name string) ([]alerts.Person, error) {
	key := journey.Fold(clean(name))
	if key == "" {
		return nil, nil
	}
	var rows []personRow
	if err := s.read().list(ctx, &rows, sqlPeopleNamed, strings.ToLower(clean(name)), key, likePrefix(key+"@")); err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	people := make([]alerts.Person, len(rows))
	for i, row := range rows {
		people[i] = row.person()
	}
	return people, nil
}
