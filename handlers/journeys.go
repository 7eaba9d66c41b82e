package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// JourneyStore reads where accounts stand on their maps. storage.Store implements it.
type JourneyStore interface {
	// Position is where an account stands, with the history that its rules need to be explained, in days of zone.
	Position(ctx context.Context, id string, needs []journey.Need, zone *time.Location) (alerts.Position, error)
	// Took tells how many days accounts of a segment took to a milestone from the one before.
	Took(ctx context.Context, mapID, milestone, segment string) ([]int, error)
	// Stood are the accounts on a map, as far as funnels ask.
	Stood(ctx context.Context, mapID string) ([]journey.Stood, error)
	// Near are the accounts that a little is missing for; of one owner when the address is not "".
	Near(ctx context.Context, owner string) ([]journey.Stood, error)
}

// GapStore keeps which gap of each map is worked on first. storage.Store implements it.
type GapStore interface {
	PriorityGaps(ctx context.Context) ([]alerts.PriorityGap, error)
	PinGap(ctx context.Context, g alerts.PriorityGap) error
	UnpinGap(ctx context.Context, mapID string) error
}

// journeyVerbs are sub-commands that tell of all accounts' journeys.
func journeyVerbs() map[string]verb {
	return map[string]verb{
		"gaps": {
			run: (*Slack).gaps, args: []string{}, usage: "gaps [map] [segment] [90d]",
			does: "where most accounts, and most ARR, stop on their journey, and who", example: "gaps enterprise 90d",
		},
		"next": {
			run: (*Slack).next, args: []string{"mine"}, usage: "next [mine]",
			does: "accounts one action away from the next milestone, or days from losing one, most ARR first", example: "next mine",
		},
	}
}

func journeyActions() map[string]action {
	return map[string]action{
		cards.ActionNext:     (*Slack).clickedNext,
		cards.ActionPinGap:   (*Slack).openPin,
		cards.ActionUnpinGap: (*Slack).unpin,
	}
}

func journeySubmissions() map[string]submission {
	return map[string]submission{cards.ActionPinGap: (*Slack).submitPin}
}

// position is where an account stands and on which map; the map is nil when none is for it or it was not evaluated yet.
func (s *Slack) position(ctx context.Context, id string) (*journey.Map, alerts.Position, error) {
	if len(s.cfg.Rules.Maps) == 0 {
		return nil, alerts.Position{}, nil
	}
	var needs []journey.Need
	for _, m := range s.cfg.Rules.Maps {
		needs = append(needs, m.Needs()...)
	}
	p, err := s.store.Position(ctx, id, needs, s.cfg.Rules.Zone)
	return s.cfg.Rules.MapNamed(p.Standing.Map), p, err
}

// stands is what there is to say about where an account stands; nil when nothing is.
func (s *Slack) stands(ctx context.Context, id string) (*alerts.JourneyView, error) {
	m, p, err := s.position(ctx, id)
	if err != nil || m == nil {
		return nil, err
	}
	return s.placed(ctx, m, p)
}

// standsBecause is stands with the reasons, milestone by milestone.
func (s *Slack) standsBecause(ctx context.Context, id string) (*alerts.JourneyView, []journey.Reason, error) {
	m, p, err := s.position(ctx, id)
	if err != nil || m == nil {
		return nil, nil, err
	}
	v, err := s.placed(ctx, m, p)
	return v, m.Why(p.Standing, p.History, s.cfg.Now()), err
}

func (s *Slack) placed(ctx context.Context, m *journey.Map, p alerts.Position) (*alerts.JourneyView, error) {
	v := &alerts.JourneyView{View: m.Look(p.Standing, p.History, s.cfg.Now()), Median: -1}
	if v.Next == nil {
		return v, nil
	}
	took, err := s.store.Took(ctx, m.ID, v.Next.ID, p.History.Account.Segment)
	if err != nil {
		return nil, err
	}
	v.Median, v.Others = alerts.MedianOf(took), len(took)
	return v, nil
}

// gaps reads its words in any order: a map by its id, a window, and what is left names a segment.
func (s *Slack) gaps(ctx context.Context, _ string, args []string) (reply, error) {
	days, named, segment := 0, (*journey.Map)(nil), []string(nil)
	for _, word := range args {
		lower := strings.ToLower(word)
		switch m := s.cfg.Rules.MapNamed(lower); {
		case m != nil && named == nil:
			named = m
		case daysIn(lower, 0) > 0:
			days = daysIn(lower, 0)
		default:
			segment = append(segment, word)
		}
	}
	return s.showGaps(ctx, named, strings.Join(segment, " "), days)
}

func (s *Slack) showGaps(ctx context.Context, m *journey.Map, segment string, days int) (reply, error) {
	if len(s.cfg.Rules.Maps) == 0 {
		return reply{drawing: cards.Say("No journey map is in use. Add `use: [customer-led]` to the growth file, or a map of your own under `maps`.")}, nil
	}
	m, all, err := s.onMap(ctx, m)
	if err != nil {
		return reply{}, err
	}
	segments := alerts.SegmentsOf(all)
	if unknown := segment != "" && !slices.ContainsFunc(segments, func(known string) bool { return journey.Fold(known) == journey.Fold(segment) }); unknown {
		return s.misunderstood("gaps "+segment, nearest(segment, segments, "gaps ")), nil
	}
	report := alerts.GapReport{Segment: segment, Days: days, Segments: segments, AsOf: s.cfg.Now()}
	today := journey.DayOf(s.cfg.Now().In(s.cfg.Rules.Zone))
	report.Funnel = m.Funnel(all, journey.GapsBy{Segment: segment, Window: journey.Window{Days: days}}, today)
	for _, other := range s.cfg.Rules.Maps {
		if other != m {
			report.Others = append(report.Others, other)
		}
	}
	pinned, err := s.pinned(ctx, m.ID)
	if err != nil {
		return reply{}, err
	}
	if pinned != nil {
		if move, ok := s.cfg.Rules.GapMoveOf(*pinned, all, today); ok {
			report.Priority = &move
		}
	}
	return reply{drawing: s.pictured(ctx, cards.Gaps(s.style(), report))}, nil
}

// onMap reads the accounts on a map; without one, on the first map that has some.
func (s *Slack) onMap(ctx context.Context, m *journey.Map) (*journey.Map, []journey.Stood, error) {
	if m != nil {
		all, err := s.store.Stood(ctx, m.ID)
		return m, all, err
	}
	for _, one := range s.cfg.Rules.Maps {
		all, err := s.store.Stood(ctx, one.ID)
		if err != nil || len(all) > 0 {
			return one, all, err
		}
	}
	return s.cfg.Rules.Maps[0], nil, nil
}

func (s *Slack) pinned(ctx context.Context, mapID string) (*alerts.PriorityGap, error) {
	gaps, err := s.store.PriorityGaps(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		if g.Map == mapID {
			return &g, nil
		}
	}
	return nil, nil
}

func (s *Slack) next(ctx context.Context, user string, args []string) (reply, error) {
	mine := len(args) == 1 && strings.EqualFold(args[0], "mine")
	if len(args) > 0 && !mine {
		return s.misunderstood("next "+strings.Join(args, " "), "next mine"), nil
	}
	return s.showNext(ctx, s.people.Person(ctx, user), mine, 0)
}

func (s *Slack) showNext(ctx context.Context, by alerts.Person, mine bool, offset int) (reply, error) {
	owner := ""
	if mine {
		if owner = by.Email; owner == "" {
			return reply{drawing: cards.Say("Slack does not tell me your e-mail address, so I can't tell which accounts are yours. `" +
				s.cfg.Command + " next` lists everybody's.")}, nil
		}
	}
	near, err := s.store.Near(ctx, owner)
	if err != nil {
		return reply{}, err
	}
	chances := journey.Next(near)
	offset = min(max(offset, 0), len(chances))
	page := alerts.ChancePage{Total: len(chances), Offset: offset, Mine: mine, Names: s.cfg.Rules.Milestones}
	page.Chances = chances[offset:min(len(chances), offset+cards.ChanceRows)]
	return reply{drawing: cards.Next(s.style(), page)}, nil
}

// clickedNext shows another page: the value is "offset:mine" or "offset:".
func (s *Slack) clickedNext(ctx context.Context, c click) (reply, error) {
	offset, _ := strconv.Atoi(c.subject)
	answer, err := s.showNext(ctx, c.user, c.arg == "mine", offset)
	answer.replace = c.private
	return answer, err
}

// gapRef names a gap in a button and in the form that it opens.
type gapRef struct {
	Map       string `json:"map"`
	Milestone string `json:"milestone"`
	Segment   string `json:"segment,omitempty"`
	Response  string `json:"response,omitempty"` // where the answer to the form goes
}

// known finds the map; alerts.ErrNotFound when it or the milestone is no more.
func (s *Slack) known(ref gapRef) (*journey.Map, error) {
	m := s.cfg.Rules.MapNamed(ref.Map)
	if m == nil || m.Milestone(ref.Milestone) == nil {
		return nil, alerts.ErrNotFound
	}
	return m, nil
}

// openPin opens the form that pins a gap: the value is map:milestone:segment.
func (s *Slack) openPin(ctx context.Context, c click) (reply, error) {
	if err := s.mayOperate(ctx, c.user); err != nil {
		return reply{}, err
	}
	milestone, segment, _ := strings.Cut(c.arg, ":")
	ref := gapRef{Map: c.subject, Milestone: milestone, Segment: segment, Response: c.responseURL}
	m, err := s.known(ref)
	if err != nil {
		return reply{}, err
	}
	return s.openForm(ctx, c, cards.ActionPinGap, func(ctx context.Context) (slack.ModalViewRequest, error) {
		share, err := s.shareNow(ctx, m, ref)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		pinned, err := s.pinned(ctx, m.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if pinned != nil && (pinned.Milestone != ref.Milestone || pinned.Segment != ref.Segment) {
			pinned = nil
		}
		private, err := json.Marshal(ref)
		if err != nil {
			return slack.ModalViewRequest{}, fmt.Errorf("remember gap: %w", err)
		}
		return cards.PinGapForm(s.style(), m, ref.Milestone, ref.Segment, share, pinned, string(private)), nil
	})
}

// shareNow is how many percent of those who came to the milestone before reach it; -1 when nobody did.
func (s *Slack) shareNow(ctx context.Context, m *journey.Map, ref gapRef) (float64, error) {
	all, err := s.store.Stood(ctx, m.ID)
	move, _ := s.cfg.Rules.GapMoveOf(alerts.PriorityGap{Map: m.ID, Milestone: ref.Milestone, Segment: ref.Segment}, all,
		journey.DayOf(s.cfg.Now().In(s.cfg.Rules.Zone)))
	return move.Now, err
}

func (s *Slack) submitPin(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	if err := s.mayOperate(ctx, by); err != nil {
		return nil, err
	}
	var ref gapRef
	_ = json.Unmarshal([]byte(view.PrivateMetadata), &ref) // ours, or nothing: then no map is found
	m, err := s.known(ref)
	if err != nil {
		return nil, err
	}
	problems := map[string]string{}
	team := inputOf(view, cards.GapTeam)
	if team == "" {
		problems[cards.GapTeam] = "Name the team that works on it."
	}
	target, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(inputOf(view, cards.GapTarget), "%")))
	if err != nil || target < 1 || target > 100 {
		problems[cards.GapTarget] = "Write a whole number from 1 to 100."
	}
	if len(problems) > 0 {
		return problems, nil
	}
	share, err := s.shareNow(ctx, m, ref)
	if err != nil {
		return nil, err
	}
	g := alerts.PriorityGap{
		Map: m.ID, Milestone: ref.Milestone, Segment: ref.Segment, Team: team, Target: target, Share: share, Since: s.cfg.Now(),
		By: alerts.Actor{UserID: by.UserID, Name: by.Name},
	}
	if err := s.store.PinGap(ctx, g); err != nil {
		return nil, err
	}
	s.cfg.Logger.Info("gap pinned", "map", g.Map, "milestone", g.Milestone, "target", g.Target, "user", by.UserID)
	s.showAgain(ref.Response, m, ref.Segment)
	return nil, nil
}

// showAgain answers a form with the report, now that the gap is pinned.
func (s *Slack) showAgain(responseURL string, m *journey.Map, segment string) {
	if responseURL == "" {
		return
	}
	s.working.Go(func() {
		answer, err := s.showGaps(s.life, m, segment, 0)
		answer.replace = true
		if err == nil {
			err = s.respond(s.life, responseURL, answer.message())
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.cfg.Logger.Warn("gaps not shown again", "map", m.ID, "err", err) // the gap is pinned all the same
		}
	})
}

// unpin leaves a map without a priority: the value is its id.
func (s *Slack) unpin(ctx context.Context, c click) (reply, error) {
	if err := s.mayOperate(ctx, c.user); err != nil {
		return reply{}, err
	}
	if err := s.store.UnpinGap(ctx, c.value); err != nil {
		return reply{}, err
	}
	s.cfg.Logger.Info("gap unpinned", "map", c.value, "user", c.user.UserID)
	m := s.cfg.Rules.MapNamed(c.value)
	if m == nil {
		return reply{drawing: cards.Say("No gap of that map is pinned any more.")}, nil
	}
	answer, err := s.showGaps(ctx, m, "", 0)
	answer.replace = c.private
	return answer, err
}
