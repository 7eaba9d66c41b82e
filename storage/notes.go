package storage

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"journeybot/alerts"
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
