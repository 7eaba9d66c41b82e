package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"journeybot/journey"
)

type keyRow struct {
	AccountID string `db:"account_id"`
	Kind      string `db:"kind"`
	Key       string `db:"key"`
}

// maxKey keeps keys within what a Postgres index takes.
const maxKey = 256

// searchKey is how names are compared.
func searchKey(s string) string {
	s = journey.Fold(clean(s))
	if len(s) <= maxKey {
		return s
	}
	s = s[:maxKey]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

// linkKey is how web addresses are compared: without the scheme, "www." and a slash at the end.
func linkKey(s string) string {
	s = searchKey(s)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	return strings.TrimRight(strings.TrimPrefix(s, "www."), "/")
}

func domainKey(s string) string {
	s = linkKey(s)
	if end := strings.IndexAny(s, "/?#:"); end >= 0 {
		s = s[:end]
	}
	return s
}

// keysOf are the ways to name an account, sorted.
func keysOf(a *journey.Account) []keyRow {
	keys := []keyRow{
		{a.ID, string(journey.MatchID), searchKey(a.ID)},
		{a.ID, string(journey.MatchName), searchKey(a.Name)},
		{a.ID, string(journey.MatchDomain), domainKey(a.Domain)},
		{a.ID, string(journey.MatchCRM), linkKey(a.CRMURL)},
	}
	for _, alias := range a.Aliases {
		keys = append(keys, keyRow{a.ID, string(journey.MatchAlias), searchKey(alias)})
	}
	keys = slices.DeleteFunc(keys, func(k keyRow) bool { return k.Key == "" })
	slices.SortFunc(keys, func(a, b keyRow) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Kind, b.Kind)) })
	return slices.Compact(keys)
}

const (
	sqlExactKeys = `SELECT account_id, kind, key FROM account_keys WHERE (key = ? AND kind IN ('id', 'name', 'alias'))
		OR (key = ? AND kind = 'domain') OR (key = ? AND kind = 'crm') LIMIT 200`
	sqlPrefixKeys = `SELECT account_id, kind, key FROM account_keys WHERE key LIKE ? ESCAPE '\' AND kind <> 'crm'
		ORDER BY length(key), key LIMIT 200`
	sqlEveryKey = `SELECT account_id, kind, key FROM account_keys WHERE kind <> 'crm' ORDER BY key LIMIT 200000`
	sqlTitles   = `SELECT id, name FROM accounts WHERE id IN (?)`
)

const maxMatches = 10

// FindAccount looks up what a person typed: id, name, domain, alias or CRM link exactly, then prefix, then spelling.
func (s *Store) FindAccount(ctx context.Context, query string) (journey.Lookup, error) {
	found := journey.Lookup{Query: query}
	key := searchKey(query)
	if key == "" {
		return found, nil
	}
	c := s.read()
	for _, search := range []func(context.Context, string) ([]journey.Match, error){c.exact, c.prefix, c.spelling} {
		matches, err := search(ctx, key)
		if err != nil {
			return found, fmt.Errorf("find account: %w", err)
		}
		if matches, err = c.followed(ctx, matches); err != nil {
			return found, fmt.Errorf("find account: %w", err)
		}
		if len(matches) > 0 {
			found.Matches, err = c.titled(ctx, matches[:min(len(matches), maxMatches)])
			if err != nil {
				return found, fmt.Errorf("find account: %w", err)
			}
			return found, nil
		}
	}
	return found, nil
}

// exact keeps the best kind of match only.
func (c conn) exact(ctx context.Context, key string) ([]journey.Match, error) {
	var rows []keyRow
	if err := c.list(ctx, &rows, sqlExactKeys, key, domainKey(key), linkKey(key)); err != nil {
		return nil, err
	}
	order := []journey.MatchHow{journey.MatchID, journey.MatchName, journey.MatchDomain, journey.MatchAlias, journey.MatchCRM}
	rank := func(k keyRow) int { return slices.Index(order, journey.MatchHow(k.Kind)) }
	slices.SortFunc(rows, func(a, b keyRow) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.AccountID, b.AccountID))
	})
	var matches []journey.Match
	for _, row := range rows {
		if row.Kind == rows[0].Kind {
			matches = append(matches, journey.Match{AccountID: row.AccountID, How: journey.MatchHow(row.Kind), Score: 1})
		}
	}
	return bestOf(matches), nil
}

// prefix prefers the key of which the least is missing.
func (c conn) prefix(ctx context.Context, key string) ([]journey.Match, error) {
	var rows []keyRow
	if err := c.list(ctx, &rows, sqlPrefixKeys, likePrefix(key)); err != nil {
		return nil, err
	}
	var matches []journey.Match
	for _, row := range rows {
		score := float64(len(key)) / float64(len(row.Key))
		matches = append(matches, journey.Match{AccountID: row.AccountID, How: journey.MatchPrefix, Score: score})
	}
	return bestOf(matches), nil
}

// spelling offers what is written alike.
func (c conn) spelling(ctx context.Context, key string) ([]journey.Match, error) {
	rows, err := c.d.alike(ctx, c, key)
	if err != nil {
		return nil, err
	}
	var matches []journey.Match
	typed := spelled(key)
	for _, row := range rows {
		if score := typed.likeness(row.Key); score >= leastLikeness {
			matches = append(matches, journey.Match{AccountID: row.AccountID, How: journey.MatchSpelling, Score: score})
		}
	}
	return bestOf(matches), nil
}

// bestOf keeps each account's best match, best first.
func bestOf(matches []journey.Match) []journey.Match {
	slices.SortStableFunc(matches, func(a, b journey.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.AccountID, b.AccountID))
	})
	seen := set{}
	return slices.DeleteFunc(matches, func(m journey.Match) bool {
		twice := seen[m.AccountID]
		seen.add(m.AccountID)
		return twice
	})
}

// titled adds the accounts' names.
func (c conn) titled(ctx context.Context, matches []journey.Match) ([]journey.Match, error) {
	ids := make([]string, len(matches))
	for i, m := range matches {
		ids[i] = m.AccountID
	}
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	if err := c.list(ctx, &rows, sqlTitles, ids); err != nil {
		return nil, err
	}
	titles := make(map[string]string, len(rows))
	for _, row := range rows {
		titles[row.ID] = journey.Account{ID: row.ID, Name: row.Name}.Title()
	}
	for i := range matches {
		matches[i].Name = titles[matches[i].AccountID]
	}
	return matches, nil
}

func likePrefix(key string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(key) + "%"
}

func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}
