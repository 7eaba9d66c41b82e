package cards_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
)

func TestSource(t *testing.T) {
	t.Parallel()
	late := alerts.Lateness{Source: "crm-sync <!channel>", Since: ago(time.Hour), Last: ago(27 * time.Hour), Gap: 4 * time.Hour}
	back := late
	back.Back = ago(time.Minute)
	for name, l := range map[string]alerts.Lateness{"late": late, "back": back} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Source(style(t), l))
		})
	}
}
