package storage

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const sourceColumns = `source text, last_at bigint, usual_gap bigint, seen bigint, late_since bigint, rhythm text`

type sourceRow struct {
	Source    string              `db:"source"`
	LastAt    int64               `db:"last_at"`
	UsualGap  int64               `db:"usual_gap"`
	Seen      int64               `db:"seen"`
	LateSince int64               `db:"late_since"`
	Rhythm    jsonText[rhythmRow] `db:"rhythm"`
}

// rhythmRow is alerts.Rhythm as JSON.
type rhythmRow struct {
	Since int64           `json:"since,omitempty"`
	Sent  [7]journey.Day  `json:"sent"`
	Feeds map[string]bool `json:"feeds,omitempty"`
	Back  int64           `json:"back,omitempty"`
}

func (r sourceRow) source() alerts.Source {
	v := r.Rhythm.value
	return alerts.Source{
		Name: r.Source, LastAt: instant(r.LastAt), UsualGap: time.Duration(r.UsualGap) * time.Microsecond, Seen: r.Seen, LateSince: instant(r.LateSince),
		Rhythm: alerts.Rhythm{Since: instant(v.Since), Sent: v.Sent, Feeds: v.Feeds, Back: instant(v.Back)},
	}
}

func (e *encoder) source(s alerts.Source) []any {
	rhythm := rhythmRow{Since: micros(s.Rhythm.Since), Sent: s.Rhythm.Sent, Feeds: s.Rhythm.Feeds, Back: micros(s.Rhythm.Back)}
	return []any{s.Name, micros(s.LastAt), s.UsualGap.Microseconds(), s.Seen, micros(s.LateSince), e.text(rhythm)}
}

// heardEvery is how often what was heard of a source is written down: its rhythm is one of hours.
const heardEvery = time.Minute

// hearing collects what came from each source until it is written down. It is safe for concurrent use.
type hearing struct {
	mu      sync.Mutex
	sources map[string]*heard
}

// heard is what came from one source since written.
type heard struct {
	count   int64
	at      time.Time
	feeds   set
	written time.Time
}

// note adds a batch and returns the names of the sources that are due to be written.
func (h *hearing) note(batch []alerts.Event, now time.Time) (due []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sources == nil {
		h.sources = map[string]*heard{}
	}
	for _, e := range batch {
		s := h.sources[e.Source]
		if s == nil {
			s = &heard{feeds: set{}}
			h.sources[e.Source] = s
		}
		s.count++
		s.feeds.add(e.Feed())
		at := e.ReceivedAt
		if at.IsZero() || at.After(now) {
			at = now
		}
		if at.After(s.at) {
			s.at = at
		}
		if now.Sub(s.written) >= heardEvery && !slices.Contains(due, e.Source) {
			due = append(due, e.Source)
		}
	}
	slices.Sort(due)
	return due
}

// take empties what was heard of a source.
func (h *hearing) take(name string, now time.Time) heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sources[name]
	taken := *s
	s.count, s.feeds, s.written = 0, set{}, now
	return taken
}

const (
	selectSources = `SELECT source, last_at, usual_gap, seen, late_since, rhythm FROM sources`
	sqlAddSource  = `INSERT INTO sources (source, last_at) VALUES (?, 0) ON CONFLICT DO NOTHING`
	sqlSource     = selectSources + ` WHERE source = ? {lock}`
	sqlSources    = selectSources + ` ORDER BY source`
	sqlLate       = selectSources + ` WHERE late_since > 0 ORDER BY source`
	sqlRedrawKind = `UPDATE messages SET want_version = want_version + 1, due_at = ? WHERE kind = ? AND subject = ?`
)

// hear writes down which sources a batch came from, at most once a minute per source: the sources' rhythm is learned of it.
// What a crash loses of it is nothing that matters.
func (s *Store) hear(ctx context.Context, batch []alerts.Event) error {
	now := s.now()
	for _, name := range s.hearing.note(batch, now) {
		was := s.hearing.take(name, now)
		err := s.change(ctx, func(ctx context.Context, c conn) error {
			if _, err := c.exec(ctx, sqlAddSource, name); err != nil {
				return err
			}
			var row sourceRow
			if err := c.get(ctx, &row, sqlSource, name); err != nil {
				return err
			}
			known := row.source()
			if err := c.saveSource(ctx, known.Heard(was.at, was.count, was.feeds.sorted())); err != nil || known.LateSince.IsZero() {
				return err
			}
			_, err := c.exec(ctx, sqlRedrawKind, micros(c.now), string(alerts.SourceMessage), name)
			return err
		})
		if err != nil {
			return fmt.Errorf("hear source: %w", err)
		}
	}
	return nil
}

func (c conn) saveSource(ctx context.Context, s alerts.Source) error {
	var e encoder
	row := e.source(s)
	if e.err != nil {
		return fmt.Errorf("encode source: %w", e.err)
	}
	_, err := c.each(ctx, upsert("sources", sourceColumns, "source"), sourceColumns, [][]any{row})
	return err
}

// Sources returns every source that ever sent an event, by name.
func (s *Store) Sources(ctx context.Context) ([]alerts.Source, error) {
	sources, err := s.read().sources(ctx, sqlSources)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return sources, nil
}

// Source returns one source; alerts.ErrNotFound when it never sent anything.
func (s *Store) Source(ctx context.Context, name string) (alerts.Source, error) {
	var row sourceRow
	if err := s.read().get(ctx, &row, sqlSource, name); err != nil {
		return alerts.Source{}, fmt.Errorf("read source: %w", err)
	}
	return row.source(), nil
}

func (c conn) sources(ctx context.Context, query string) ([]alerts.Source, error) {
	var rows []sourceRow
	if err := c.list(ctx, &rows, query); err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	sources := make([]alerts.Source, len(rows))
	for i, row := range rows {
		sources[i] = row.source()
	}
	return sources, nil
}

// MarkLate notes that a source is late, as late decides on what is known of it under lock, and adds the message that says so.
// false when it is not late, or was noted already.
func (s *Store) MarkLate(ctx context.Context, name string, late func(alerts.Source) (alerts.Place, bool)) (bool, error) {
	marked := false
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		marked = false
		var row sourceRow
		if err := c.get(ctx, &row, sqlSource, name); err != nil {
			return err
		}
		known := row.source()
		if !known.LateSince.IsZero() {
			return nil
		}
		place, is := late(known)
		if !is {
			return nil
		}
		known.LateSince, marked = c.now, true
		if err := c.saveSource(ctx, known); err != nil {
			return err
		}
		if err := c.addLanes(ctx, []alerts.Place{place}); err != nil {
			return err
		}
		return c.addPlaces(ctx, []alerts.Place{place})
	})
	if err != nil {
		return false, fmt.Errorf("mark source: %w", err)
	}
	return marked, nil
}

const sqlHeldBySource = `SELECT DISTINCT account_id FROM alerts WHERE hold = 'late_source' AND hold_until = 0 AND hold_by <> ''
	AND NOT EXISTS (SELECT 1 FROM sources WHERE source = hold_by AND late_since > 0) AND ` + liveStatus + ` ORDER BY account_id LIMIT ?`

// HeldBySources returns up to limit accounts with alerts that wait for a source which is back, for Rules.Back.
func (s *Store) HeldBySources(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	if err := s.read().list(ctx, &ids, sqlHeldBySource, limit); err != nil {
		return nil, fmt.Errorf("list alerts held by sources: %w", err)
	}
	return ids, nil
}
