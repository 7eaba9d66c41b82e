package demo

// journeys are the walks on each bundled map.
var journeys = map[string]Journey{
	"customer-led": {
		late: "hooli", lateAt: "first-value", pause: 24,
		paths: []path{{
			reaches: map[string]int{"first-search": 1, "first-value": 2, "value-realization": 3, "continued-value": 4, "value-growth": 5},
			steps: []step{
				{does: []deed{{event: "search", count: 1}}},
				{gap: 7, does: []deed{{event: "search", count: 5, people: 2}, {event: "list", count: 1}}, daily: []deed{{event: "search", count: 1, every: 14}}},
				// A month and a day: what counts here is not also a whole month's value.
				{gap: 31, does: []deed{{event: "search", count: 8, people: 4}, {event: "list", count: 1}, {event: "export", count: 2}}, daily: []deed{{event: "search", count: 1}}},
				{gap: 10, does: monthly, daily: kept},
				{gap: 12, does: []deed{{event: "referral", count: 1}}, daily: kept},
			},
		}},
		extras: []extra{
			{account: "hooli", ago: 3, deed: deed{event: "list", count: 1}},      // 2 of 2 lists, and never an export
			{account: "aperture", ago: 4, deed: deed{event: "search", count: 3}}, // 4 of 5 searches, no list
			{account: "saobento", ago: 2, deed: deed{event: "list", count: 1}},
			{account: "saobento", ago: 2, deed: deed{event: "search", count: 5}},
			{account: "saobento", ago: 1, deed: deed{event: "export", count: 1}}, // an export away
		},
	},
	"lifecycle": {
		late: "hooli", lateAt: "onboarding", pause: 14,
		paths: []path{{
			reaches: map[string]int{"": 2, "first-search": 3, "first-value": 5, "value-realization": 6, "continued-value": 7, "value-growth": 8},
			steps: []step{
				{does: []deed{{event: "visit", count: 1}}},
				{gap: 5, does: []deed{{event: "content_view", count: 3}}},
				{gap: 6, does: []deed{{event: "trial_start", count: 1}}},
				{gap: 9, does: []deed{{event: "pricing_view", count: 2}}},
				{gap: 8, does: []deed{{event: "purchase", count: 1}, {event: "login", count: 3, people: 3}}},
				{gap: 12, does: []deed{{event: "feature_use", count: 2}}, daily: used},
				{gap: 14, does: []deed{{event: "renewal", count: 1}, {event: "result", count: 1}}, daily: used},
				{gap: 9, does: []deed{{event: "upgrade", count: 1}, {event: "job_done", count: 1}}, daily: used},
			},
		}},
	},
	"product-led": {
		late: "hooli", lateAt: "setup", health: true, pause: 3, full: []string{"initech", "northwind"},
		paths: []path{{
			reaches: map[string]int{"": 2, "first-search": 4, "first-value": 5, "value-realization": 6, "continued-value": 7, "value-growth": 8},
			steps: []step{
				{does: []deed{{event: "signup", count: 1}}},
				{gap: 1, does: []deed{{event: "trial_start", count: 1}}},
				{gap: 4, does: []deed{{event: "connection", count: 7}}},
				{gap: 9, does: []deed{{event: "purchase", count: 1}}, daily: adopted},
				{gap: 6, does: []deed{{event: "integration", count: 1}, {event: "invite", count: 3}}, daily: adopted},
				{gap: 5, does: []deed{{event: "login", count: 3, people: 3}, {event: "message", count: 900}}, daily: adopted},
				{gap: 8, does: []deed{{event: "report_shared", count: 1}}, daily: shared},
				{gap: 10, does: []deed{{event: "upgrade", count: 1}, {event: "message", count: 1200}}, daily: shared},
			},
		}},
		extras: []extra{
			{account: "piper", ago: 7, deed: deed{event: "signup", count: 1}}, // 5 of 7 connections, two days left
			{account: "piper", ago: 3, deed: deed{event: "connection", count: 5}},
			{account: "northwind", ago: 0, deed: deed{event: "advanced_feature_attempt", count: 2}},
			{account: "cyberdyne", ago: 0, deed: deed{event: "result", count: 10}},
		},
	},
	"enterprise": {
		late: "vandelay", lateAt: "trained", health: true, pause: 7,
		segments: map[string]string{"smb": "low touch", "mid": "enterprise"},
		paths: []path{
			{
				segments: []string{"low touch"},
				reaches:  map[string]int{"": 1, "first-search": 1, "first-value": 1, "value-realization": 2, "continued-value": 3, "value-growth": 3},
				steps: []step{
					{does: []deed{{event: "integration", count: 1}, {event: "rule_created", count: 1}}, daily: watched},
					{gap: 12, does: []deed{{event: "go_live", count: 1}}, daily: watched},
					{gap: 20, does: []deed{{event: "incident_resolved", count: 1}}, daily: watched},
				},
			},
			{
				reaches: map[string]int{"first-search": 1, "first-value": 2, "value-realization": 3, "continued-value": 6, "value-growth": 8},
				steps: []step{
					{does: []deed{{event: "kick_off", count: 1}}},
					{gap: 6, does: []deed{{event: "integration", count: 2}, {event: "rule_created", count: 5}}, daily: begun},
					{gap: 9, does: []deed{{event: "training", persona: "admin", count: 2, people: 2}}, daily: begun},
					{gap: 10, does: []deed{{event: "go_live", count: 1}}, daily: begun},
					{gap: 8, does: []deed{{event: "incident_resolved", persona: "end_user", count: 1}}, daily: begun},
					{gap: 8, does: []deed{{event: "login", persona: "admin", count: 1}}, daily: watched},
					{gap: 12, does: []deed{{event: "business_review", count: 1}}, daily: watched},
					{gap: 14, does: []deed{{event: "team_added", count: 1}}, daily: watched},
				},
			},
		},
	},
}

// What goes on once a customer is there.
var (
	monthly = []deed{{event: "search", count: 10, people: 5}, {event: "list", count: 2}, {event: "export", count: 2}}
	kept    = []deed{{event: "search", count: 1}, {event: "list", count: 1, every: 6}, {event: "export", count: 1, every: 6}}
	used    = []deed{{event: "login", count: 2, people: 2, every: 2}}
	adopted = []deed{{event: "login", count: 2, people: 2}, {event: "feature_use", part: 0.6, every: 3}}
	shared  = append([]deed{{event: "report_shared", count: 1, every: 4}, {event: "feature_use", part: 0.8, every: 4}}, adopted...)
	begun   = []deed{{event: "login", persona: "admin", count: 1, every: 10}} // not yet as often as admins are expected to
	watched = []deed{{event: "login", persona: "admin", count: 1, every: 3}, {event: "login", persona: "end_user", count: 1, every: 17}}
)
