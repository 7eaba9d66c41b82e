package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"journeybot/slacksim"
)

// signal is what the form of the first-run strip sends: one CloudEvent's type, account and data.
type signal struct {
	Type    string `json:"type"`
	Account string `json:"account"`
	Data    string `json:"data"` // a JSON object
}

// Sample is a signal to start from: its name for people, its CloudEvents type, and its data as JSON.
type Sample struct{ Name, Type, Data string }

func defaultSamples() []Sample {
	return []Sample{
		{"Health turns red", "growth.signal.health_shift", `{
 "from": "green", "to": "red",
 "score": 44, "previous_score": 72,
 "drivers": [
  {"measure": "active users", "from": 41, "to": 19}
 ],
 "reason": "Active users fell 41 → 19 in 7 days"
}`},
		{"Usage limit", "growth.signal.usage_limit", `{"resource": "API calls", "used": 902400, "limit": 1000000, "unit": "calls"}`},
		{"Ready to buy (PQL)", "growth.signal.pql", `{"score": 86, "reasons": ["Opened SSO settings 4 times this week"],
 "contact": {"name": "Priya Rao", "title": "VP Operations", "email": "priya@example.com"}, "plan": "Team"}`},
		{"Milestone missed", "growth.signal.milestone_dropoff", `{"milestone": "value-realization",
 "progress": {"exports": {"have": 0, "need": 2}}}`},
		{"Health recovers", "growth.signal.health_shift", `{"from": "red", "to": "green", "score": 78, "previous_score": 44}`},
	}
}

// signal posts a CloudEvent to the ingest address, because a browser may not reach another port.
func (p *page) signal(ctx context.Context, in request) (any, error) {
	if p.config.Ingest == "" {
		return nil, slacksim.Error("no_ingest_address")
	}
	account := strings.TrimSpace(in.Signal.Account)
	if account == "" {
		return nil, slacksim.Error("account_missing")
	}
	if !json.Valid([]byte(in.Signal.Data)) {
		return nil, slacksim.Error("data_is_not_json")
	}
	now := p.config.Now().UTC()
	event, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": fmt.Sprintf("page-%d", now.UnixNano()), "source": "slacksim/page",
		"type": in.Signal.Type, "subject": account, "time": now.Format(time.RFC3339Nano),
		"datacontenttype": "application/json", "data": json.RawMessage(in.Signal.Data),
	})
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	return nil, p.post(ctx, event)
}

func (p *page) post(ctx context.Context, event []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.config.Ingest, bytes.NewReader(event))
	if err != nil {
		return fmt.Errorf("address signal: %w", err)
	}
	r.Header.Set("Content-Type", "application/cloudevents+json")
	res, err := p.client.Do(r)
	if err != nil {
		return &slacksim.Failure{Text: "The app does not take signals right now: " + errors.Unwrap(err).Error(), Code: "ingest_unreachable"}
	}
	defer res.Body.Close()
	if res.StatusCode/100 == 2 {
		return nil
	}
	reason, err := io.ReadAll(io.LimitReader(res.Body, 500))
	if err != nil {
		reason = []byte(res.Status)
	}
	return &slacksim.Failure{Text: "The app refused the signal: " + strings.TrimSpace(string(reason)), Code: "ingest_refused"}
}
