package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// SlackChannel is what is known of a Slack channel.
type SlackChannel struct {
	Ref       alerts.Target // as configured
	ID        string
	Name      string
	Kind      string // public, private, im
	Member    bool
	External  bool
	Broken    string // why it cannot be posted to; "" when it can
	CheckedAt time.Time
}

const channelColumns = `id text, channel text, name text, kind text, member bigint, external bigint, broken text, checked_at bigint`

type channelRow struct {
	Ref       string `db:"id"`
	Channel   string `db:"channel"`
	Name      string `db:"name"`
	Kind      string `db:"kind"`
	Member    int64  `db:"member"`
	External  int64  `db:"external"`
	Broken    string `db:"broken"`
	CheckedAt int64  `db:"checked_at"`
}

const (
	selectChannels = `SELECT id, channel, name, kind, member, external, broken, checked_at FROM channels`
	sqlChannel     = selectChannels + ` WHERE id = ?`
	sqlChannelRefs = selectChannels + ` WHERE channel = ? ORDER BY id`
)

// Channel returns a cached channel; alerts.ErrNotFound when it is not known yet.
func (s *Store) Channel(ctx context.Context, ref alerts.Target) (SlackChannel, error) {
	var row channelRow
	if err := s.read().get(ctx, &row, sqlChannel, string(ref)); err != nil {
		return SlackChannel{}, fmt.Errorf("read channel: %w", err)
	}
	return row.channel(), nil
}

func (r channelRow) channel() SlackChannel {
	return SlackChannel{
		Ref: alerts.Target(r.Ref), ID: r.Channel, Name: r.Name, Kind: r.Kind, Member: r.Member != 0,
		External: r.External != 0, Broken: r.Broken, CheckedAt: instant(r.CheckedAt),
	}
}

// ChannelRefs returns how a Slack channel id is known: by the references that lead to it, none when nothing does.
func (s *Store) ChannelRefs(ctx context.Context, id string) ([]SlackChannel, error) {
	var rows []channelRow
	if err := s.read().list(ctx, &rows, sqlChannelRefs, id); err != nil {
		return nil, fmt.Errorf("list references of a channel: %w", err)
	}
	refs := make([]SlackChannel, len(rows))
	for i, row := range rows {
		refs[i] = row.channel()
	}
	return refs, nil
}

// SaveChannel keeps or replaces a channel.
func (s *Store) SaveChannel(ctx context.Context, c SlackChannel) error {
	row := []any{string(c.Ref), c.ID, c.Name, c.Kind, flag(c.Member), flag(c.External), c.Broken, micros(c.CheckedAt)}
	if _, err := s.write().each(ctx, upsert("channels", channelColumns, "id"), channelColumns, [][]any{row}); err != nil {
		return fmt.Errorf("save channel: %w", err)
	}
	return nil
}

// Person returns a cached person by Slack user id or folded e-mail address; alerts.ErrNotFound when not known.
func (s *Store) Person(ctx context.Context, idOrEmail string) (alerts.Person, error) {
	people, err := s.read().people(ctx, []string{idOrEmail}, []string{journey.Fold(idOrEmail)})
	if err != nil {
		return alerts.Person{}, fmt.Errorf("read person: %w", err)
	}
	if len(people) == 0 {
		return alerts.Person{}, fmt.Errorf("read person: %w", alerts.ErrNotFound)
	}
	return people[len(people)-1], nil
}

// SavePeople keeps or replaces people.
func (s *Store) SavePeople(ctx context.Context, people ...alerts.Person) error {
	byID := map[string]int{}
	var rows [][]any
	for _, p := range people {
		if i, twice := byID[p.UserID]; twice {
			rows[i] = personValues(p)
			continue
		}
		byID[p.UserID] = len(rows)
		rows = append(rows, personValues(p))
	}
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		_, err := c.each(ctx, upsert("people", personColumns, "user_id"), personColumns, sortedRows(rows))
		return err
	})
	if err != nil {
		return fmt.Errorf("save people: %w", err)
	}
	return nil
}

const (
	sqlAddRotation = `INSERT INTO rotations (name, last_user) VALUES (?, '') ON CONFLICT DO NOTHING`
	sqlLastUser    = `SELECT last_user FROM rotations WHERE name = ? {lock}`
	sqlSetLastUser = `UPDATE rotations SET last_user = ? WHERE name = ?`
)

// NextInRotation returns the member whose turn it is in the named round-robin and remembers it: the one after the last chosen, whether
// that one is still a member or not; "" when members is empty. Members must be sorted.
func (s *Store) NextInRotation(ctx context.Context, name string, members []string) (string, error) {
	if len(members) == 0 {
		return "", nil
	}
	var chosen string
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.exec(ctx, sqlAddRotation, name); err != nil {
			return err
		}
		var last string
		if err := c.get(ctx, &last, sqlLastUser, name); err != nil {
			return err
		}
		next, _ := slices.BinarySearch(members, last+"\x00")
		chosen = members[next%len(members)]
		_, err := c.exec(ctx, sqlSetLastUser, chosen, name)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("take turn in rotation: %w", err)
	}
	return chosen, nil
}

const sqlSaveRevision = `INSERT INTO revisions (config, loaded_at, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

// SaveRevision keeps the text of a growth file under its revision, once.
func (s *Store) SaveRevision(ctx context.Context, revision, text string) error {
	c := s.write()
	if _, err := c.exec(ctx, sqlSaveRevision, revision, micros(c.now), text); err != nil {
		return fmt.Errorf("save revision: %w", err)
	}
	return nil
}
