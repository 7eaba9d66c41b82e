package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsageIsKeptForAsLongAsMapsLookBack(t *testing.T) {
	t.Parallel()
	file := func(usage, rule string) error {
		_, err := compileGrowth("", "test.yaml", strings.Join([]string{
			`channels: {alerts: {slack: "#a"}}`, `routes: [{name: default, channel: alerts}]`, usage,
			`maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: '` + rule + `'}]}]}]`, "",
		}, "\n"))
		return err
	}
	for _, one := range []struct{ usage, rule, want string }{
		{"usage: {keep: 90d}", `count("search", "90d") >= 1`, ""},
		{"usage: {keep: 90d}", `count("search") >= 1`, ""},
		{"usage: {keep: 90d}", `count("search", "91d") >= 1`, "test.yaml:3:15: usage is kept by day for 90 days, and map m looks back 91: keep at least 91d"},
		{"usage: {keep: 90d}", `trend("search", "45d") >= 1`, ""},
		{"usage: {keep: 90d}", `trend("search", "46d") >= 1`, "test.yaml:3:15: usage is kept by day for 90 days, and map m looks back 92: keep at least 92d"},
		{"usage: {keep: 90d}", `active_days("quarter") >= 1`, "test.yaml:3:15: usage is kept by day for 90 days, and map m looks back 92: keep at least 92d"},
		{"", `users("search", "401d") >= 1`, "test.yaml:4:7: usage is kept by day for 400 days, and map m looks back 401: keep at least 401d"},
	} {
		err := file(one.usage, one.rule)
		if one.want == "" {
			require.NoError(t, err, one.rule)
			continue
		}
		require.ErrorContains(t, err, one.want, one.rule)
	}
}
