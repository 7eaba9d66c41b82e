package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
)

// AlertFigures is AlertView with the account's KPIs, by name.
func (s *Store) AlertFigures(ctx context.Context, id string) (alerts.View, error) {
	view, err := s.AlertView(ctx, id)
	if err != nil {
		return alerts.View{}, err
	}
	series, err := s.read().series(ctx, []string{view.Alert.Account}, nil)
	if err != nil {
		return alerts.View{}, fmt.Errorf("view alert: %w", err)
	}
	for _, one := range series[view.Alert.Account] {
		view.KPIs = append(view.KPIs, one)
	}
	slices.SortFunc(view.KPIs, func(a, b journey.Series) int { return strings.Compare(a.Name, b.Name) })
	return view, nil
}
