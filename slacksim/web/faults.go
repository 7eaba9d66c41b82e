package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"journeybot/slacksim"
)

// fault is what the panel asks for.
type fault struct {
	Do       string `json:"do"` // inject, remove, clear, disconnect, redeliver, skew, limit
	ID       int    `json:"id"`
	Kind     string `json:"kind"`
	Method   string `json:"method"`
	Channel  string `json:"channel"`
	Seconds  int    `json:"seconds"` // Retry-After, delay or skew
	Status   int    `json:"status"`
	Count    int    `json:"count"`
	Reason   string `json:"reason"`
	Envelope string `json:"envelope"`
	On       bool   `json:"on"`
}

// faultKind is a fault in words.
type faultKind struct {
	Kind  slacksim.FaultKind
	Words string
}

var faultKinds = []faultKind{
	{slacksim.FaultRateLimit, "429 Too Many Requests"},
	{slacksim.FaultStatus, "5xx, not executed"},
	{slacksim.FaultStatusLate, "5xx after executing"},
	{slacksim.FaultError, "ok: false"},
	{slacksim.FaultLatency, "slow answer"},
	{slacksim.FaultCut, "connection cut after executing"},
	{slacksim.FaultCutEarly, "connection cut before executing"},
	{slacksim.FaultHold, "executed, answer held"},
	{slacksim.FaultHoldEarly, "held before executing"},
}

// injected is a fault in force, in words.
type injected struct {
	ID         int
	Key, Words string
	Hits       int
}

func (p *page) faults() []injected {
	active := p.sim.Faults()
	out := make([]injected, 0, len(active))
	for _, f := range active {
		out = append(out, injected{ID: f.ID, Key: "fault-" + strconv.Itoa(f.ID), Words: faultWords(f.Fault), Hits: f.Hits()})
	}
	return out
}

func faultWords(f slacksim.Fault) string {
	words := []string{string(f.Kind)}
	for _, kind := range faultKinds {
		if kind.Kind == f.Kind {
			words[0] = kind.Words
		}
	}
	if f.Method != "" {
		words = append(words, "for "+f.Method)
	}
	if f.Channel != "" {
		words = append(words, "in "+f.Channel)
	}
	switch {
	case f.Count == 1:
		words = append(words, "once")
	case f.Count > 1:
		words = append(words, fmt.Sprintf("%d times", f.Count))
	}
	return strings.Join(words, ", ")
}

// fault breaks something, or mends it.
func (p *page) fault(ctx context.Context, in request) (any, error) {
	f := in.Fault
	switch f.Do {
	case "inject":
		pause := time.Duration(f.Seconds) * time.Second
		_, err := p.sim.Inject(slacksim.Fault{
			Kind: slacksim.FaultKind(f.Kind), Method: f.Method, Channel: strings.TrimPrefix(f.Channel, "#"), RetryAfter: pause, Delay: pause,
			Status: f.Status, Count: f.Count,
		})
		return nil, err
	case "remove":
		for _, injected := range p.sim.Faults() {
			if injected.ID == f.ID {
				injected.Clear()
			}
		}
		return nil, nil
	case "clear":
		p.sim.ClearFaults()
		return nil, nil
	case "disconnect":
		p.sim.DisconnectSockets(f.Reason)
		return nil, nil
	case "redeliver":
		return nil, p.sim.Redeliver(ctx, f.Envelope)
	case "limit":
		p.sim.SetChannelLimit(f.On)
		return nil, nil
	case "skew":
		p.sim.SkewSignatures(time.Duration(f.Seconds) * time.Second)
		return nil, nil
	}
	return nil, fmt.Errorf("no fault called %q", f.Do)
}
