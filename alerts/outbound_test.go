package alerts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Storage raises an alert's version once for all that one batch does to it.
func TestTwoEventsOfOneTypeStayTwo(t *testing.T) {
	t.Parallel()
	ids := func(version int64) (ids []string) {
		ws := NewWorkingSet(nil)
		for range 3 {
			c := (&Rules{}).begin(Alert{ID: "a1", Version: version}, Input{}, time.Unix(1, 0))
			c.out(outUnacknowledged)
			ws.record(c)
		}
		c := (&Rules{}).begin(Alert{ID: "a2", Version: version}, Input{}, time.Unix(1, 0))
		c.out(outUnacknowledged)
		ws.record(c)
		for _, r := range ws.Changes.Results {
			ids = append(ids, r.Outbound[0].ID)
		}
		return ids
	}
	require.Equal(t, []string{
		"a1:alert.unacknowledged:7", "a1:alert.unacknowledged:7:1", "a1:alert.unacknowledged:7:2", "a2:alert.unacknowledged:7",
	}, ids(7))
	require.Equal(t, ids(7), ids(7), "the same decision gives the same events")
}
