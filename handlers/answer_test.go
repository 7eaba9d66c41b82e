package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// slowStore answers FindAccount after a while, or with an error for a while.
type slowStore struct {
	Store
	takes time.Duration
	away  time.Time // until then: an error
}

func (s *slowStore) FindAccount(ctx context.Context, query string) (journey.Lookup, error) {
	if time.Now().Before(s.away) {
		return journey.Lookup{}, errors.New("connection refused")
	}
	select {
	case <-ctx.Done():
		return journey.Lookup{}, ctx.Err()
	case <-time.After(s.takes):
		return journey.Lookup{Query: query}, nil
	}
}

type nobody struct{}

func (nobody) Person(_ context.Context, id string) alerts.Person {
	return alerts.Person{UserID: id, Email: id + "@example.com"}
}

func (nobody) Owner(context.Context, string) (alerts.Person, error) {
	return alerts.Person{}, alerts.ErrNobody
}
func (nobody) Named(context.Context, string) ([]alerts.Person, error) { return nil, nil }
func (nobody) Heard(context.Context, slack.User) error                { return nil }

// responses is the other end of response_url: it keeps what arrives, and when.
type responses struct {
	mu       sync.Mutex
	messages []slack.WebhookMessage
	at       []time.Time
	failures int // so many requests fail first
}

func (r *responses) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures > 0 {
		r.failures--
		return nil, errors.New("connection reset")
	}
	var m slack.WebhookMessage
	if err := json.NewDecoder(req.Body).Decode(&m); err != nil {
		return nil, err
	}
	r.messages, r.at = append(r.messages, m), append(r.at, time.Now())
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok")), Request: req, Header: http.Header{}}, nil
}

// ask sends one command and returns what its acknowledgement carried and how long it took.
func ask(s *Slack, text string) (*slack.WebhookMessage, time.Duration) {
	start := time.Now()
	var acked *slack.WebhookMessage
	var took time.Duration
	s.Command(slack.SlashCommand{Text: text, UserID: "U1", ResponseURL: "http://slack.test/r/1"}, func(m *slack.WebhookMessage) error {
		acked, took = m, time.Since(start)
		return nil
	})
	return acked, took
}

func newSlack(store Store, r *responses) *Slack {
	return NewSlack(store, nobody{}, Config{Rules: &alerts.Rules{Zone: time.UTC}, HTTPClient: &http.Client{Transport: r}})
}

func TestAnswerRidesOnTheAcknowledgementWhenReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &responses{}
		s := newSlack(&slowStore{takes: time.Second}, r)
		acked, took := ask(s, "nosuchaccount")
		s.Close(t.Context())
		require.NotNil(t, acked)
		require.Equal(t, cards.Choose(s.style(), journey.Lookup{Query: "nosuchaccount"}).Text, acked.Text)
		require.Equal(t, time.Second, took)
		require.Equal(t, slack.ResponseTypeEphemeral, acked.ResponseType)
		require.Empty(t, r.messages)
	})
}

func TestFrozenDatabaseGetsStillLookingThenTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			r := &responses{}
			s := newSlack(&slowStore{takes: 10 * time.Second}, r)
			acked, took := ask(s, "nosuchaccount")
			require.Contains(t, acked.Text, "Still looking")
			require.LessOrEqual(t, took, 2500*time.Millisecond)
			s.Close(t.Context())
			require.Len(t, r.messages, 1)
			require.False(t, r.messages[0].ReplaceOriginal)
			require.NotContains(t, r.messages[0].Text, "Still looking")
		}
	})
}

func TestDatabaseThatComesBackIsAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &responses{failures: 1}
		s := newSlack(&slowStore{away: time.Now().Add(20 * time.Second)}, r)
		acked, _ := ask(s, "nosuchaccount")
		require.Contains(t, acked.Text, "Still looking")
		s.Close(t.Context())
		require.Len(t, r.messages, 1, "once, though the first try of the response was cut")
	})
}

func TestDatabaseThatStaysAwayIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &responses{}
		s := newSlack(&slowStore{away: time.Now().Add(time.Hour)}, r)
		ask(s, "nosuchaccount")
		s.Close(t.Context())
		require.Len(t, r.messages, 1)
		require.Contains(t, r.messages[0].Text, "could not reach the database")
	})
}

func TestCloseCutsShortWhatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &responses{}
		s := newSlack(&slowStore{away: time.Now().Add(time.Hour)}, r)
		ask(s, "nosuchaccount")
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s.Close(ctx)
		require.Less(t, time.Since(start), 5*time.Second)
	})
}

// brokenStore is a store whose rules or rows make the program panic.
type brokenStore struct{ Store }

func (brokenStore) FindAccount(context.Context, string) (journey.Lookup, error) { panic("nil map") }

func TestAPanicIsAnsweredAndHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSlack(brokenStore{}, &responses{})
	for range 2 {
		answer, _ := ask(s, "acme")
		require.Contains(t, answer.Text, "something is wrong with me")
		require.NotContains(t, answer.Text, "nil map")
	}
	s.Close(t.Context())
}
