package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxIngestBytes = 8 << 20
	maxIngestBatch = 1000
)

// Ingest serves POST /v1/events: one CloudEvent (structured or binary) or a JSON list of them (application/cloudevents-batch+json).
// It answers 202 when the stream has stored all of them. When one is wrong none is published, and 400 tells which and why.
//
// There is no password: it takes events from this machine only. Requests that came from elsewhere, through a proxy or
// from another site's page in a browser, get 403.
func Ingest(sender *Sender, zone *time.Location, now func() time.Time) http.Handler {
	in := &ingest{sender: sender, zone: zone, now: now}
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(in.serve))
}

type ingest struct {
	sender *Sender
	zone   *time.Location
	now    func() time.Time
}

// refused is one wrong event of a request, as the answer tells it.
type refused struct {
	Index  int    `json:"index"`
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason"`
}

type ingestAnswer struct {
	Accepted int       `json:"accepted"`
	Error    string    `json:"error,omitempty"`
	Refused  []refused `json:"refused,omitempty"`
}

func (in *ingest) serve(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		answerIngest(w, http.StatusForbidden, ingestAnswer{Error: "events are taken over HTTP from this machine only; from elsewhere publish them to NATS"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxIngestBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		answerIngest(w, http.StatusRequestEntityTooLarge, ingestAnswer{Error: fmt.Sprintf("the body has more than %d bytes", maxIngestBytes)})
		return
	}
	if err != nil {
		answerIngest(w, http.StatusBadRequest, ingestAnswer{Error: "the body could not be read"})
		return
	}
	events, wrong, status := in.parse(r.Header, body)
	if len(wrong) > 0 {
		answerIngest(w, status, ingestAnswer{Error: "nothing was published", Refused: wrong})
		return
	}
	for i, ce := range events {
		if err := in.sender.Send(r.Context(), ce); err != nil {
			w.Header().Set("Retry-After", "5")
			answerIngest(w, http.StatusServiceUnavailable, ingestAnswer{
				Accepted: i, Error: "NATS did not store the rest: send the same request again, what is stored counts once",
			})
			return
		}
	}
	answerIngest(w, http.StatusAccepted, ingestAnswer{Accepted: len(events)})
}

// parse reads and checks every event of a request; the status goes with the first wrong one.
func (in *ingest) parse(header http.Header, body []byte) (events []CloudEvent, wrong []refused, status int) {
	bodies := []json.RawMessage{body}
	if strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), contentBatch) {
		bodies = nil
		if err := json.Unmarshal(body, &bodies); err != nil {
			return nil, []refused{{Reason: "the body is not a JSON list of events" + jsonTrouble(err)}}, http.StatusBadRequest
		}
		if len(bodies) > maxIngestBatch {
			return nil, []refused{{Reason: fmt.Sprintf("%d events, more than %d", len(bodies), maxIngestBatch)}}, http.StatusRequestEntityTooLarge
		}
		header = http.Header{"Content-Type": {ContentStructured}}
	}
	for i, one := range bodies {
		ce, err := ParseCloudEvent(header, one)
		if err == nil {
			_, err = DecodeEvent(ce, in.now(), 0, in.zone)
		}
		if err == nil {
			events = append(events, ce)
			continue
		}
		if status == 0 {
			status = http.StatusBadRequest
			if len(one) > maxEventBytes {
				status = http.StatusRequestEntityTooLarge
			}
		}
		wrong = append(wrong, refused{Index: i, ID: ce.ID, Reason: err.Error()})
	}
	return events, wrong, status
}

// fromHere reports whether a request was made on this machine to this machine: by its connection, by the name it asked for (another name
// is a tunnel, or a page that rebinds its own name), and without the traces of a proxy.
func fromHere(r *http.Request) bool {
	for _, trace := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(trace) != "" {
			return false
		}
	}
	return loopback(r.RemoteAddr) && loopback(r.Host)
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func answerIngest(w http.ResponseWriter, status int, answer ingestAnswer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
