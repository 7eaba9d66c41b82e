package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
)

func TestPeople(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/people.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.PeopleRules{
		Leads:    map[string]string{"enterprise": "Aiko@example.com", "smb": "group:@smb-leads"},
		Aliases:  map[string]string{"m@old.example": "maria@example.com"},
		Managers: map[string]string{"maria@example.com": "aiko@example.com"},
	}, growth.Rules.People, "keys are folded, values as they were written")
	require.Equal(t, []alerts.EscalationStep{
		{After: 30 * time.Minute, Remind: "owner"}, {After: time.Hour, Remind: "manager"}, {After: time.Hour, Mention: "lead"},
	}, growth.Rules.Escalations["steep"].Steps)
	require.Equal(t, "lead", growth.Rules.Escalations["critical"].Steps[1].Mention, "the default steps name the lead")
}
