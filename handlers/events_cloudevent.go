package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Sizes that fit the keys of both databases and a NATS message as it is by default.
const (
	maxEventBytes  = 1 << 20
	maxEventID     = 512
	maxEventSource = 1024
)

// ContentStructured is the Content-Type of a CloudEvent that is whole in the body.
const ContentStructured = "application/cloudevents+json; charset=utf-8"

const (
	contentBatch  = "application/cloudevents-batch"
	contentEvents = "application/cloudevents"
)

// CloudEvent is one event in the envelope of CloudEvents 1.0, with data in JSON.
type CloudEvent struct {
	ID      string // with Source, the identity: the same pair counts once
	Source  string
	Type    string // such as growth.signal.pql
	Subject string // account id; may be empty
	Time    time.Time
	Data    json.RawMessage // nil for none

	Extensions map[string]any // texts, numbers and booleans by lower-case name; nil for none
}

// ParseCloudEvent reads an event as it came over NATS or HTTP: structured (the whole event is the body) or binary
// (attributes in ce- headers, in any case). The error says in words what is wrong with it.
func ParseCloudEvent(header map[string][]string, body []byte) (CloudEvent, error) {
	if len(body) > maxEventBytes {
		return CloudEvent{}, fmt.Errorf("the event has %d bytes, more than %d", len(body), maxEventBytes)
	}
	content := strings.ToLower(headerValue(header, "content-type"))
	switch {
	case strings.HasPrefix(content, contentBatch):
		return CloudEvent{}, errors.New("a batch of events in one message: send each event by itself")
	case strings.HasPrefix(content, contentEvents):
		return parseStructured(body)
	case headerValue(header, "ce-specversion") != "":
		return parseBinary(header, body)
	}
	ce, err := parseStructured(body)
	if errors.Is(err, errNoVersion) || errors.Is(err, errNotObject) {
		return CloudEvent{}, errors.New("not a CloudEvent: no ce-specversion header, and no JSON body with specversion")
	}
	return ce, err
}

var (
	errNoVersion = errors.New("specversion is missing")
	errNotObject = errors.New("the body is not a JSON object")
)

func parseStructured(body []byte) (CloudEvent, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return CloudEvent{}, fmt.Errorf("%w%s", errNotObject, jsonTrouble(err))
	}
	attributes := map[string]any{}
	for name, raw := range members {
		if name == "data" || name == "data_base64" || string(raw) == "null" {
			continue
		}
		value, err := readJSON(raw)
		if err != nil {
			return CloudEvent{}, fmt.Errorf("%s: %w", name, err)
		}
		attributes[name] = value
	}
	data := members["data"]
	if encoded, ok := members["data_base64"]; ok {
		if data != nil {
			return CloudEvent{}, errors.New("data and data_base64 are both there: send one of them")
		}
		var decoded []byte
		if err := json.Unmarshal(encoded, &decoded); err != nil {
			return CloudEvent{}, errors.New("data_base64 is not base64 text")
		}
		data = decoded
	}
	return newCloudEvent(attributes, data)
}

func parseBinary(header map[string][]string, body []byte) (CloudEvent, error) {
	attributes := map[string]any{}
	if content := headerValue(header, "content-type"); content != "" {
		attributes["datacontenttype"] = content
	}
	for name, values := range header {
		if attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok && len(values) > 0 {
			attributes[attribute] = headerText(values[0])
		}
	}
	return newCloudEvent(attributes, body)
}

// newCloudEvent checks the attributes that CloudEvents asks for and takes the rest as extensions.
func newCloudEvent(attributes map[string]any, data []byte) (CloudEvent, error) {
	var problems []string
	take := func(name string, most int) string {
		value, there := attributes[name]
		delete(attributes, name)
		if !there {
			return ""
		}
		text, ok := value.(string)
		switch text = cleanText(text); {
		case !ok:
			problems = append(problems, fmt.Sprintf("%s: %s is not text", name, quoteJSON(value)))
		case len(text) > most:
			problems = append(problems, fmt.Sprintf("%s has %d bytes, more than %d", name, len(text), most))
		}
		return text
	}
	version, hasVersion := attributes["specversion"]
	delete(attributes, "specversion")
	if !hasVersion {
		return CloudEvent{}, errNoVersion
	}
	if version != "1.0" {
		return CloudEvent{}, fmt.Errorf("specversion: %s is not \"1.0\"", quoteJSON(version))
	}
	ce := CloudEvent{
		ID: take("id", maxEventID), Source: take("source", maxEventSource), Type: take("type", maxName), Subject: take("subject", maxName), Data: data,
	}
	for _, required := range [][2]string{{"id", ce.ID}, {"source", ce.Source}, {"type", ce.Type}} {
		if required[1] == "" && len(problems) == 0 {
			problems = append(problems, required[0]+" is missing")
		}
	}
	if stamp := take("time", maxName); stamp != "" {
		var err error
		if ce.Time, err = parseTime(stamp, time.UTC); err != nil {
			problems = append(problems, "time: "+err.Error())
		}
	}
	if content := take("datacontenttype", maxName); !isJSON(content) {
		problems = append(problems, fmt.Sprintf("datacontenttype: %q is not JSON", content))
	}
	delete(attributes, "dataschema")
	if len(attributes) > 0 {
		ce.Extensions = attributes
	}
	if len(problems) > 0 {
		return ce, errors.New(strings.Join(problems, "; "))
	}
	return ce, nil
}

// MarshalJSON writes the event in structured mode.
func (ce CloudEvent) MarshalJSON() ([]byte, error) {
	members := map[string]any{}
	maps.Copy(members, ce.Extensions)
	maps.Copy(members, map[string]any{"specversion": "1.0", "id": ce.ID, "source": ce.Source, "type": ce.Type})
	if ce.Subject != "" {
		members["subject"] = ce.Subject
	}
	if !ce.Time.IsZero() {
		members["time"] = ce.Time.UTC().Format(time.RFC3339Nano)
	}
	if len(ce.Data) > 0 {
		members["datacontenttype"] = "application/json"
		members["data"] = ce.Data
	}
	return json.Marshal(members)
}

// headerValue finds a header whatever its case: unlike HTTP, NATS keeps names as the sender wrote them.
func headerValue(header map[string][]string, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if strings.EqualFold(key, name) && len(header[key]) > 0 {
			return header[key][0]
		}
	}
	return ""
}

// headerText undoes the encoding of attributes in headers: quotes first, then one round of percent-decoding. A stray
// percent sign stays, for senders that do not encode.
func headerText(value string) string {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = unescapeQuoted(value[1 : len(value)-1])
	}
	if decoded, err := url.PathUnescape(value); err == nil {
		value = decoded
	}
	return cleanText(value)
}

func unescapeQuoted(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

// cleanText makes outside text fit to be stored: valid UTF-8 without U+0000, no blanks around it.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	return strings.TrimFunc(strings.ReplaceAll(s, "\x00", ""), unicode.IsSpace)
}

func isJSON(content string) bool {
	media, _, _ := strings.Cut(strings.ToLower(content), ";")
	media = strings.TrimSpace(media)
	return media == "" || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// readJSON reads exactly one JSON value; numbers stay as they were written.
func readJSON(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("is not JSON%s", jsonTrouble(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is not JSON: there is more after its end")
	}
	return value, nil
}

func jsonTrouble(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf(" (%s at byte %d)", syntax, syntax.Offset)
	}
	return ""
}

// quoteJSON shows a wrong value in a reason, short enough to read.
func quoteJSON(value any) string {
	const most = 60
	shown, err := json.Marshal(value)
	if err != nil {
		return "the value"
	}
	if text := string(shown); len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return string(shown)
}
