package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// gapMoves are how the pinned gaps moved, as of a minute: many digests are made in one.
type gapMoves struct {
	asOf  time.Time
	moves []alerts.GapMove
}

// addJourneys tells an owner which accounts need little, and how the priority gaps moved.
func (d *digester) addJourneys(ctx context.Context, digest *alerts.Digest, now time.Time) error {
	if len(d.rules.Maps) == 0 {
		return nil
	}
	owner, err := d.store.Person(ctx, strings.TrimPrefix(string(digest.To), "@"))
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return err
	}
	if owner.Email != "" {
		near, err := d.store.Near(ctx, owner.Email)
		if err != nil {
			return err
		}
		chances := journey.Next(near)
		digest.Almost, digest.AlmostAll = chances[:min(len(chances), alerts.Almost)], len(chances)
	}
	digest.Gaps, err = d.gapMoves(ctx, now)
	return err
}

func (d *digester) gapMoves(ctx context.Context, now time.Time) ([]alerts.GapMove, error) {
	minute := now.Truncate(time.Minute)
	if d.gaps.asOf.Equal(minute) {
		return d.gaps.moves, nil
	}
	pinned, err := d.store.PriorityGaps(ctx)
	if err != nil {
		return nil, err
	}
	var moves []alerts.GapMove
	for _, g := range pinned {
		all, err := d.store.Stood(ctx, g.Map)
		if err != nil {
			return nil, fmt.Errorf("count gap: %w", err)
		}
		if move, ok := d.rules.GapMoveOf(g, all, journey.DayOf(now.In(d.rules.Zone))); ok {
			moves = append(moves, move)
		}
	}
	d.gaps = gapMoves{asOf: minute, moves: moves}
	return moves, nil
}
