package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

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

const (
	maxMentionWords = 200 // of a text in which a name is looked for
	maxNameWords    = 6

	sqlMentioned = `SELECT account_id, kind, key FROM account_keys WHERE key IN (?) AND kind <> 'crm' LIMIT 50`
)

// Mentioned finds the account that a text names: the longest of its names, by exact name, alias, domain or id. ok is false when there is
// none, or when the longest name is that of several accounts.
func (s *Store) Mentioned(ctx context.Context, text string) (match journey.Match, ok bool, err error) {
	keys := mentions(text)
	if len(keys) == 0 {
		return match, false, nil
	}
	c := s.read()
	var rows []keyRow
	if err := c.list(ctx, &rows, sqlMentioned, keys); err != nil {
		return match, false, fmt.Errorf("find mentioned account: %w", err)
	}
	slices.SortFunc(rows, func(a, b keyRow) int { return cmp.Compare(len(b.Key), len(a.Key)) })
	rows = slices.DeleteFunc(rows, func(r keyRow) bool { return len(r.Key) < len(rows[0].Key) })
	named := set{}
	for _, row := range rows {
		named.add(row.AccountID)
	}
	if len(named) != 1 {
		return match, false, nil
	}
	found, err := c.titled(ctx, []journey.Match{{AccountID: rows[0].AccountID, How: journey.MatchHow(rows[0].Kind), Score: 1}})
	if err != nil {
		return match, false, fmt.Errorf("find mentioned account: %w", err)
	}
	return found[0], true, nil
}

// mentions are all runs of up to six words of a text, folded as keys are.
func mentions(text string) []string {
	var words []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>|()[]\"“”„,;:!?", r) }) {
		if word = strings.Trim(word, ".'’*_~`"); word != "" && len(words) < maxMentionWords {
			words = append(words, word)
		}
	}
	keys := set{}
	for i := range words {
		for n := 1; n <= maxNameWords && i+n <= len(words); n++ {
			if key := searchKey(strings.Join(words[i:i+n], " ")); len(key) > 1 {
				keys.add(key)
			}
		}
	}
	return keys.sorted()
}
